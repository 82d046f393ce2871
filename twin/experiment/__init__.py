"""Many days compared: runners, stores and paired comparisons."""

__all__: list[str] = []
