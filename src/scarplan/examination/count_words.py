"""How many scars an examination counted, in words: `3`, `11 to 20`, `over 20`."""

from __future__ import annotations

from collections.abc import Iterable

from scarplan.examination.groups import CountRange, count_range


def say_count(low: float, high: float) -> str:
    """Return one count as it is printed; the class that is open above as `over 20`."""
    return f"over {low - 1:g}" if is_open_class(low, high) else say_range(low, high)


def say_total(counts: Iterable[tuple[float, float]]) -> str:
    """Return the sum of several counts as it is printed; one open class leaves the sum open as well."""
    counts = list(counts)
    low, high = sum(count[0] for count in counts), sum(count[1] for count in counts)
    return f"over {low - 1:g}" if any(is_open_class(*count) for count in counts) else say_range(low, high)


def say_range(low: float, high: float) -> str:
    """Return a range of counts or points whose ends are both known."""
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def is_open_class(low: float, high: float) -> bool:
    """Whether a count is the class without an end: what its end is taken for is an assumption, not a finding."""
    return count_range("over 20") == CountRange(int(low), int(high))
