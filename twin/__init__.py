"""A day in the city, and what is computed from many days."""
