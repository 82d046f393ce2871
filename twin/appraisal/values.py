"""Unit values, price index and programmes: dated data, each figure with its source and tag."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from twin.datafile import DataTable, read_table

__all__ = [
    "Procedure",
    "Programme",
    "UnitValue",
    "Values",
    "procedure",
    "programmes",
    "read_values",
]

HERE = Path(__file__).parent


@dataclass(frozen=True)
class UnitValue:
    """What one unit of a change is worth, or a rule of the appraisal, with its range and source."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    price_year: int | None
    source: str
    tag: str
    note: str = ""

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value must be in [{self.low}, {self.high}], got {self.value}")


@dataclass(frozen=True)
class Programme:
    """A national programme: its share of the cost, for how long, and up to which amount (KRW).

    The cap is nominal, in prices of ``valid_from``.
    """

    name: str
    title: str
    title_ko: str
    valid_from: int
    valid_to: int | None
    cities: str
    national_max: float | None
    national_share: float
    years: int
    source: str
    tag: str
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.national_share <= 1:
            raise ValueError(f"national_share must be in [0, 1], got {self.national_share}")
        if self.years < 1:
            raise ValueError(f"years must be at least 1, got {self.years}")


@dataclass(frozen=True)
class Procedure:
    """What a project from this size on must pass: whole cost and national money, KRW."""

    name: str
    title: str
    title_ko: str
    min_total: float
    min_national: float
    source: str
    tag: str


@dataclass(frozen=True)
class PriceIndex:
    """The consumer price index of one year."""

    name: str
    year: int
    index: float
    source: str
    tag: str


@dataclass(frozen=True)
class Values:
    """The unit values of an appraisal, and the price index that brings them to one year."""

    units: DataTable[UnitValue]
    prices: DataTable[PriceIndex]

    def __getitem__(self, name: str) -> UnitValue:
        """Return a unit value; an unknown name lists those that are near."""
        return self.units[name]

    def number(self, name: str) -> float:
        """Return the bare value of a rule, such as ``discount_rate``."""
        return self.units[name].value

    @property
    def price_year(self) -> int:
        """The year whose prices everything is shown in."""
        return int(self.number("price_year"))

    def real(self, amount: float, price_year: int | None) -> float:
        """Return an amount of another year in prices of the shown year.

        Raises
        ------
        ValueError
            If the price index does not cover the year.
        """
        return amount if price_year is None else amount * self.index_ratio(price_year)

    def index_ratio(self, price_year: int) -> float:
        """Return the price level of the shown year over that of another year."""
        return self._index(self.price_year) / self._index(price_year)

    def _index(self, year: int) -> float:
        entry = self.prices.entries.get(f"y{year}")
        if entry is None:
            years = [price.year for price in self.prices.entries.values()]
            raise ValueError(
                f"price year must be in [{min(years)}, {max(years)}], "
                f"the years of the price index, got {year}"
            )
        return entry.index


@cache
def read_values(path: Path = HERE / "unit_values.yaml") -> Values:
    """Read the unit values; a city's own file has the same form as ``unit_values.yaml``."""
    units = read_table(path, "values", UnitValue)
    return Values(units, read_table(HERE / "cpi.yaml", "years", PriceIndex))


@cache
def programmes(path: Path = HERE / "programmes.yaml") -> DataTable[Programme]:
    """Read the funding programmes."""
    return read_table(path, "programmes", Programme)


@cache
def _procedures() -> DataTable[Procedure]:
    return read_table(HERE / "procedures.yaml", "procedures", Procedure)


def procedure(total: float, national: float) -> Procedure:
    """Return the procedure that binds a project of this cost with this much national money."""
    due = [
        entry
        for entry in _procedures().entries.values()
        if total >= entry.min_total and national >= entry.min_national
    ]
    return max(due, key=lambda entry: (entry.min_total, entry.min_national))
