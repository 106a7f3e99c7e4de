"""The coaching programme around the plans: training dates."""
