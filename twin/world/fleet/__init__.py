"""Fleets: vehicles that take jobs, stop by stop of a plan that somebody outside makes."""
