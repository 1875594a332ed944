"""Use cases around customers and Commerce stores."""
