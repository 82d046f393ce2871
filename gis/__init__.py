"""The city as data: what is where, who lives there and how to get about."""
