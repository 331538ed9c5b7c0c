"""How many scars an examination counted, in words: `3`, `11 to 20`, `over 20`."""

from __future__ import annotations

from collections.abc import Iterable

from scarplan.evidence.library import value_of


def say_count(low: int, high: int) -> str:
    """Return a count as it is printed; the class that is open above as `over 20`."""
    if low == high:
        return str(low)
    return f"over {low - 1}" if _is_open(low, high) else f"{low} to {high}"


def say_total(counts: Iterable[tuple[int, int]]) -> str:
    """Return the sum of several counts as it is printed; one open class leaves the sum open as well."""
    counts = list(counts)
    low, high = sum(count[0] for count in counts), sum(count[1] for count in counts)
    return f"over {low - 1}" if any(_is_open(*count) for count in counts) else say_count(low, high)


def _is_open(low: int, high: int) -> bool:
    return low < high == value_of("examination.most_over_20")
