"""Light in a planar stack: guided and leaky modes, plane waves, dipoles."""
