"""What is asked of many variants of a device: how much a result depends on the numbers that nobody knows."""
