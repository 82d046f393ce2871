"""Crossings: where walkers meet cars, by signal, by gap and by yielding."""
