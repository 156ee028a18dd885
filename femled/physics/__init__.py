"""Weak forms and material laws, one physics a file; no time loop and no output here."""
