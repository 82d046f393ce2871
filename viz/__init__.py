"""Pictures: the city in three dimensions, charts and the report."""
