"""The parameter table of a room, generated from its quantities, so that documentation and code cannot differ."""

from __future__ import annotations

from typing import Any

from scarplan.evidence.cite import VERIFICATION_WORDS
from scarplan.evidence.library import all_quantities, all_sources
from scarplan.evidence.quantity import Prior, Quantity

_HEAD = ("name", "value", "unit", "range or prior", "kind", "meaning", "source", "where", "read")

#: Longer lists (fitted weights) are told by their length and their ends.
_MOST_NUMBERS = 24


def list_rooms() -> tuple[str, ...]:
    """Return the rooms that have quantities."""
    return tuple(sorted({name.partition(".")[0] for name in all_quantities()}))


def make_parameter_table(room: str) -> str:
    """Return the quantities of `room` as a Markdown table. Raises KeyError for a room without quantities."""
    rows = [row for name, row in all_quantities().items() if name.partition(".")[0] == room]
    if not rows:
        raise KeyError(f"no room {room!r} has quantities; there are {', '.join(list_rooms())}")
    lines = [_line(_HEAD), _line(["---"] * len(_HEAD))]
    lines += [_line(_cells(row)) for row in sorted(rows, key=lambda row: row.name)]
    return "\n".join(lines) + "\n"


def _cells(row: Quantity) -> list[str]:
    origin = all_sources()[row.source]
    return [
        f"`{row.name.partition('.')[2]}`",
        _number(row.value),
        row.unit,
        _range(row),
        row.kind,
        row.meaning + (f" ({row.note})" if row.note else ""),
        f"{row.source} [{origin.rank}]",
        row.locator,
        VERIFICATION_WORDS[row.verification],
    ]


def _range(row: Quantity) -> str:
    return "; ".join(part for part in (_bounds(row), _prior(row.prior)) if part)


def _prior(prior: Prior | None) -> str:
    if prior is None:
        return ""
    shape = ", ".join(_number(v) for v in (prior.center, prior.spread) if v is not None)
    bounds = _bounds(prior)
    return f"{prior.family.replace('_', ' ')}({shape}){f' on {bounds}' if bounds else ''}, by {prior.level}"


def _bounds(row: Quantity | Prior) -> str:
    if row.low is None or row.high is None:
        return ""
    return f"{_number(row.low)} to {_number(row.high)}"


def _number(value: Any) -> str:
    if isinstance(value, list) and len(value) > _MOST_NUMBERS:
        return f"{len(value)} numbers: {_number(value[:2])}, ..., {_number(value[-1])}"
    if isinstance(value, list):
        return ", ".join(_number(inner) for inner in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_number(inner)}" for key, inner in value.items())
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
