"""The sentences that an appraisal is told in: English or Korean, with gaps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from twin.datafile import DataTable, read_table

__all__ = ["Language", "say"]

Language = Literal["en", "ko"]


@dataclass(frozen=True)
class Sentence:
    """A sentence with gaps, in each language."""

    name: str
    en: str
    ko: str


def say(sentence: str, language: Language, **gaps: object) -> str:
    """Return a sentence (a name in ``sentences.yaml``) in a language, its gaps filled."""
    text: str = getattr(_sentences()[sentence], language)
    return text.format(**gaps)


@cache
def _sentences() -> DataTable[Sentence]:
    return read_table(Path(__file__).with_name("sentences.yaml"), "sentences", Sentence)
