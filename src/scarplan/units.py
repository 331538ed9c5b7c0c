"""Units of scarplan: millimetres and days inside; every conversion is here.

The unit is part of every field and column name (`depth_mm`, `interval_days`).
"""

from __future__ import annotations

import re

from scarplan.errors import BadInput

MM_PER_UNIT = {"um": 1e-3, "mm": 1.0, "cm": 10.0, "m": 1000.0}
DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
HOURS_PER_DAY = 24
MM2_PER_CM2 = 100.0

_SCALED_UNIT = re.compile(
    r"^(?P<factor>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?)(?P<unit>um|mm|cm|m)$", re.ASCII
)
_ALLOWED = "um, mm, cm, m, or the length of one file unit or grey level such as 50mm or 0.0215mm"


def read_length_unit(text: str | None, *, option: str = "--unit") -> float:
    """Return how many millimetres one file unit (or grey level) is.

    `text` is `um`, `mm`, `cm`, `m`, or a length such as `50mm`. Raises BadInput otherwise.

    >>> read_length_unit("um"), read_length_unit("50mm")
    (0.001, 50.0)
    """
    if text is None or not text.strip():
        raise BadInput(
            f"{option} is missing: a height without a unit cannot be measured",
            code="E-UNIT-001",
            got="nothing",
            allowed=_ALLOWED,
            do=f"add {option}, for example {option} mm",
        )
    word = text.strip().replace("µm", "um").replace("μm", "um")
    if word in MM_PER_UNIT:
        return MM_PER_UNIT[word]
    match = _SCALED_UNIT.match(word)
    factor = float(match["factor"]) * MM_PER_UNIT[match["unit"]] if match else 0.0
    if not 0.0 < factor < float("inf"):
        raise BadInput(
            f"{option} is not a unit of length",
            code="E-UNIT-002",
            got=text,
            allowed=_ALLOWED,
            do="use the unit of the heights in the file",
        )
    return factor


def density_per_cm2(channels_per_mm2: float) -> float:
    """Return a channel density in 1/cm2 from 1/mm2."""
    return channels_per_mm2 * MM2_PER_CM2


def density_per_mm2(channels_per_cm2: float) -> float:
    """Return a channel density in 1/mm2 from 1/cm2."""
    return channels_per_cm2 / MM2_PER_CM2
