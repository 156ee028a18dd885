"""Compiled forms, direct solves, and time stepping."""
