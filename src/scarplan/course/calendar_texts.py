"""Texts of the calendar as data: neutral words, figures by name."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.evidence.figures import fill_texts


@dataclass(frozen=True)
class CalendarTexts:
    """The texts of one calendar with their figures filled in."""

    texts: Mapping[str, Any]

    def of(self, kind: str, *, number: int | None, of: int) -> tuple[str, str]:
        """Return title and text of a kind of entry; `number` and `of` count sessions."""
        row = self.texts[kind]
        return _fill(row["title"], number=number, of=of), _fill(row["text"], number=number, of=of)

    def care(self, *, label: str, day: str, number: int) -> tuple[str, str]:
        """Return title and text of the care on the day, or days, that the leaflet calls `day`."""
        row = self.texts["care"]
        return _fill(row["title"], number=number, label=label), self.texts["care_by_day"].get(day, row["text"])


def read_calendar_texts() -> CalendarTexts:
    """Return the texts; every quantity in them is noted as used."""
    return CalendarTexts(fill_texts(tomllib.loads(_read_file())))


def _fill(text: str, **values: object) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


@cache
def _read_file() -> str:
    return files("scarplan.course").joinpath("data", "calendar.toml").read_text("utf-8")
