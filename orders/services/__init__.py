"""Use cases of the merchant's side. The only callers of transitions."""
