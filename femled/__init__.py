"""Heat, carriers, ions and light in perovskite light-emitting pixels."""

__version__ = "0.1.0"
