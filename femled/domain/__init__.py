"""Meshed devices: sections and columns with named regions."""
