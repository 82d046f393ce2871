"""Parameters: declared once, read as a table, and checked at the door."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
import pytest

from twin.params import limits, param, specs, validate


@dataclass(frozen=True)
class Kiosk:
    area: str
    spaces: int = param(28, "spaces", 0, 500, "Kim 2021, table 3", tag="R", doc="spaces offered")
    price: float = param(600.0, "KRW/h", 0, None, "")
    share: float = param(0.25, "", 0, 1, "survey")
    app: bool = param(True, "", None, None, "design")
    label: str = param("blue", "", None, None, "design")


def _made(annotation: str, default: object) -> type:
    return dataclass(type("Made", (), {"__annotations__": {"x": annotation}, "x": default}))


def test_specs_list_the_parameters_in_order_and_leave_other_fields_out():
    table = specs(Kiosk)
    assert [s.name for s in table] == ["spaces", "price", "share", "app", "label"]
    spaces = table[0]
    assert (spaces.default, spaces.unit, spaces.low, spaces.high) == (28, "spaces", 0, 500)
    assert (spaces.source, spaces.tag, spaces.doc) == ("Kim 2021, table 3", "R", "spaces offered")
    assert [s.type for s in table] == [int, float, float, bool, str]


def test_a_default_without_a_source_or_from_general_knowledge_is_an_assumption():
    assert [s.assumption for s in specs(Kiosk)] == [False, True, True, True, True]


def test_the_field_keeps_its_default():
    assert Kiosk("city").spaces == 28
    assert [f.default for f in fields(Kiosk)][1:] == [s.default for s in specs(Kiosk)]


def test_good_values_pass_and_both_ends_are_allowed():
    for kiosk in (
        Kiosk("city"),
        Kiosk("city", spaces=0, share=1),
        Kiosk("city", spaces=500, price=1e9, share=0.0),
        Kiosk("city", spaces=np.int64(3), share=np.float32(0.5)),  # type: ignore[arg-type]
    ):
        validate(kiosk)


BAD = [
    ({"spaces": -3}, r"Kiosk.spaces must be in \[0, 500\] spaces, got -3"),
    ({"spaces": 501}, r"Kiosk.spaces must be in \[0, 500\] spaces, got 501"),
    ({"spaces": 2.5}, "Kiosk.spaces must be an integer, got 2.5"),
    ({"spaces": True}, "Kiosk.spaces must be an integer, got True"),
    ({"spaces": "12"}, "Kiosk.spaces must be an integer, got '12'"),
    ({"price": -0.01}, r"Kiosk.price must be at least 0 KRW/h, got -0.01"),
    ({"price": math.nan}, "Kiosk.price must be at least 0 KRW/h, got nan"),
    ({"price": math.inf}, "Kiosk.price must be at least 0 KRW/h, got inf"),
    ({"price": None}, "Kiosk.price must be a number, got None"),
    ({"share": 1.2}, r"Kiosk.share must be in \[0, 1\], got 1.2"),
    ({"share": False}, "Kiosk.share must be a number, got False"),
    ({"app": 1}, "Kiosk.app must be true or false, got 1"),
    ({"label": 5}, "Kiosk.label must be text, got 5"),
]


@pytest.mark.parametrize(("settings", "message"), BAD)
def test_a_wrong_value_names_the_field_the_rule_and_the_value(settings, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        validate(Kiosk("city", **settings))


def test_limits_say_what_is_allowed():
    assert [limits(s) for s in specs(Kiosk)] == [
        "in [0, 500] spaces",
        "at least 0 KRW/h",
        "in [0, 1]",
        "true or false",
        "text",
    ]


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (None, 0.5, "at most 0.5 m"),
        (None, None, "a finite number m"),
        (0.1, 2e6, "in [0.1, 2000000] m"),
    ],
)
def test_limits_of_open_ranges(low, high, words):
    made = dataclass(
        type("Made", (), {"__annotations__": {"x": "float"}, "x": param(0.2, "m", low, high, "")})
    )
    assert limits(specs(made)[0]) == words


def test_a_default_outside_its_range_is_refused_where_it_is_declared():
    with pytest.raises(
        ValueError, match=r"the default of a parameter must be in \[0, 5\] m, got 9"
    ):
        param(9, "m", 0, 5, "x")
    with pytest.raises(ValueError, match=r"must be in \[0, 5\] m, got nan"):
        param(math.nan, "m", 0, 5, "x")


def test_an_empty_range_is_refused():
    with pytest.raises(ValueError, match=r"the range of a parameter must rise, got \[5, 0\]"):
        param(3, "m", 5, 0, "x")


def test_a_parameter_of_another_type_is_refused():
    made = dataclass(
        type("Made", (), {"__annotations__": {"x": "complex"}, "x": param(1, "m", 0, 5, "")})
    )
    with pytest.raises(
        TypeError, match=r"Made\.x must be annotated int, float, bool, str, got .complex"
    ):
        specs(made)
