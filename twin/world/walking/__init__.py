"""Walkers: the legs of the day on foot, footway by footway."""
