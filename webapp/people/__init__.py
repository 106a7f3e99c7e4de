"""Accounts, schools, evaluators, signing in, the directory."""
