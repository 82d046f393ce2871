"""Street traffic: queues at stop lines, signals, gaps, spillback."""
