"""The published claims that femled has to reproduce, each computed afresh."""
