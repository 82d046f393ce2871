"""The ledger of published outcomes, and the check of the twin against it."""

__all__: list[str] = []
