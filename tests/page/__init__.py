"""The page of ``make verify``: what checks measured, beside theory, drawn at the end of all."""
