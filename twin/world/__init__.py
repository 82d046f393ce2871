"""The city as it is today, one module a part."""
