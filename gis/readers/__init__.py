"""Readers: a city's own files become layers."""
