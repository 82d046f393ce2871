"""Small solutions for the tests of scenario files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from twin.params import param


@dataclass(frozen=True)
class SharedParking:
    """Private spaces opened to others."""

    area: str
    spaces: int = param(280, "spaces", 0, 500, "a trial", tag="T", doc="spaces offered")
    price_per_hour: float = param(600.0, "KRW/h", 0, 10_000, "")
    by_app: bool = param(True, "", None, None, "a trial")
    label: str = param("shared", "", None, None, "a trial")


@dataclass(frozen=True)
class Enforcement:
    """More patrols."""

    area: str = "city"
    patrols: int = param(2, "patrols", 0, 50, "a survey")
    policies: ClassVar[tuple[str, ...]] = ("parking.tickets",)

    def __post_init__(self) -> None:
        if self.patrols == 13:
            raise ValueError("Enforcement.patrols must not be 13, got 13")


@dataclass(frozen=True)
class CameraEnforcement:
    """Cameras in the place of patrols."""

    area: str = "city"
    cameras: int = param(3, "cameras", 0, 100, "a survey")
    policies: ClassVar[tuple[str, ...]] = ("parking.rounds", "parking.tickets")


SOLUTIONS = {
    "shared_parking": SharedParking,
    "enforcement": Enforcement,
    "camera_enforcement": CameraEnforcement,
}
