"""Numbers that read like another unit: told in words before a range is."""

from __future__ import annotations

from typing import Any

# A length in millimetres of needles and columns is at most 5; a thousand times that is micrometres.
_LONGEST_MM, _UM_PER_MM = 5.0, 1000.0
_WIDEST_MM = 1.0
# Needles are sold from about 18 to 36 gauge; a diameter in micrometres is far larger.
_GAUGES = range(18, 37)
# Strokes a second of a pen are at most some hundreds; a thousand and more reads like strokes a minute.
_STROKES_A_MINUTE, _SECONDS = 1000.0, 60.0


def length_in_mm(value: Any) -> Any:
    """Return a length, or a list of them. Raises ValueError for what reads like micrometres."""
    for length in value if isinstance(value, list | tuple) else [value]:
        if _is_number(length) and length >= 10.0 * _LONGEST_MM:
            raise ValueError(f"{length:g} reads like micrometres: {length / _UM_PER_MM:g} mm is meant?")
    return value


def diameter_in_mm(value: Any) -> Any:
    """Return a diameter or radius of a needle or column. Raises ValueError for a gauge or for micrometres."""
    if _is_number(value) and value > _WIDEST_MM:
        if value in _GAUGES:
            raise ValueError(f"{value:g} reads like a gauge: give the diameter in mm (30 gauge is about 0.3 mm)")
        if value > max(_GAUGES):
            raise ValueError(f"{value:g} reads like micrometres: {value / _UM_PER_MM:g} mm is meant?")
    return value


def strokes_a_second(value: Any) -> Any:
    """Return a frequency. Raises ValueError for what reads like strokes a minute."""
    if _is_number(value) and value >= _STROKES_A_MINUTE:
        raise ValueError(f"{value:g} reads like strokes a minute: {value / _SECONDS:g} a second is meant?")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
