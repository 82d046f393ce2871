"""The solutions a city can try, one module each."""
