"""Budgets as benchmarks, each beside a peer in the same process environment."""
