"""Use cases around Amazon. The only callers of transitions."""
