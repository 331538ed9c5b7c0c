"""The words of the leaflet in one language: `texts/<language>.toml`, and numbers, days and lists as it writes them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.errors import BadInput
from scarplan.units import DAYS_PER_MONTH, DAYS_PER_WEEK

LANGUAGES = ("en", "nl")
#: A number of days this near to whole months is told in months.
_NEAR_MONTHS = 0.15


@dataclass(frozen=True)
class Wording:
    """One language. `texts` maps dotted keys such as `help.question` to a text, or to a list of names."""

    language: str
    texts: Mapping[str, Any]

    def say(self, key: str, **values: object) -> str:
        """Return the text at `key` with `values` filled in. Raises KeyError for a missing text or value."""
        return str(self.texts[key]).format_map({name: str(value) for name, value in values.items()})

    def has(self, key: str) -> bool:
        """Whether there is a text at `key`."""
        return key in self.texts

    def number(self, value: float, digits: int = 0) -> str:
        """Return `value` with at most `digits` decimals, no zeros at its end."""
        text = f"{value:.{digits}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return ("0" if text == "-0" else text).replace(".", self.texts["number.decimal"])

    def range(self, low: str, high: str) -> str:
        """Return `3 to 4`, or one of them where both read the same."""
        return low if low == high else f"{low} {self.texts['number.to']} {high}"

    def join(self, words: Iterable[str]) -> str:
        """Return `a, b and c`."""
        found = [word for word in words if word]
        if len(found) < 2:
            return "".join(found)
        return f"{', '.join(found[:-1])} {self.texts['number.and']} {found[-1]}"

    def day(self, value: str | date) -> str:
        """Return an ISO date as `4 March 2026`; anything else as it is."""
        try:
            day = value if isinstance(value, date) else date.fromisoformat(str(value))
        except ValueError:
            return str(value)
        month = self.texts["number.month_names"][day.month - 1]
        return self.say("number.date", day=day.day, month=month, year=day.year)

    def span(self, days: float) -> str:
        """Return a number of days as `10 days`, `4 weeks` or `6 months`, whichever reads best."""
        return self._with_unit(*_read_span(days))

    def span_range(self, low_days: float, high_days: float) -> str:
        """Return `3 to 6 months`; the unit is told once where it is the same."""
        low, high = _read_span(low_days), _read_span(high_days)
        if low[1] != high[1]:
            return self.range(self._with_unit(*low), self._with_unit(*high))
        return self.range(str(low[0]), str(high[0])) + f" {self._unit(high[1], high[0])}"

    def millimetres(self, low: float, high: float) -> str:
        """Return `0.5 to 1.5 millimetres`."""
        unit = self.texts["unit.millimetre" if high <= 1 else "unit.millimetres"]
        return f"{self.range(self.number(low, 2), self.number(high, 2))} {unit}"

    def _unit(self, unit: str, number: int) -> str:
        return self.texts[f"unit.{unit}" if number == 1 else f"unit.{unit}s"]

    def _with_unit(self, number: int, unit: str) -> str:
        return f"{number} {self._unit(unit, number)}"


@cache
def read_wording(language: str) -> Wording:
    """Return the words of `language`. Raises BadInput for a language without a leaflet."""
    if language not in LANGUAGES:
        raise BadInput(
            "the leaflet is not written in this language",
            code="E-REPORT-010",
            got=language,
            allowed=", ".join(LANGUAGES),
            do="choose one of these",
        )
    path = files("scarplan.report.leaflet").joinpath("texts", f"{language}.toml")
    return Wording(language=language, texts=dict(_flatten(tomllib.loads(path.read_text("utf-8")))))


def _flatten(table: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def _read_span(days: float) -> tuple[int, str]:
    whole = round(days)
    months = whole / DAYS_PER_MONTH
    if months > 2 and abs(months - round(months)) < _NEAR_MONTHS:
        return round(months), "month"
    if whole >= 2 * DAYS_PER_WEEK and whole % DAYS_PER_WEEK == 0:
        return whole // DAYS_PER_WEEK, "week"
    return whole, "day"
