"""Speed, beside the naive reference and the peers; both sides in one run."""
