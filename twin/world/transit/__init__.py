"""Transit: buses on the streets, and people who ride them."""
