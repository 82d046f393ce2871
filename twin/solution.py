"""What a solution promises and what it costs: the indicators and cost items it declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["KPI", "Cost"]


@dataclass(frozen=True)
class KPI:
    """A key performance indicator: a number of one day, with its definition.

    Parameters
    ----------
    name, unit, definition
        What is counted, in what, and exactly how.
    better
        Whether more or less of it is wished for.
    value
        The unit value that turns it into money (a name in ``unit_values.yaml``; ``krw`` for
        money flows), None where it has no price.
    account
        Who gains when it gets better: national, local, users or operator.
    group
        Indicators of one group measure one benefit: only the first counts.
    payer
        Set for a transfer (fee, fine): the money that goes from here to ``account``.
    """

    name: str
    unit: str
    better: Literal["more", "less"]
    definition: str
    value: str | None = None
    account: str = "users"
    group: str | None = None
    payer: str | None = None


@dataclass(frozen=True)
class Cost:
    """A cost item: KRW of ``price_year`` once (capex) and a year (opex), lasting ``life`` years.

    ``payer`` is programme (shared with the state while the programme lasts), local, national,
    operator or users; ``source`` and ``tag`` say where the figure comes from.
    """

    item: str
    capex: float
    opex: float
    life: float
    price_year: int
    payer: str
    source: str
    tag: str
