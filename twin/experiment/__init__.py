"""Many days compared: runners, stores and paired comparisons."""
