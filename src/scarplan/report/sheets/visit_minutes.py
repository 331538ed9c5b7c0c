"""How long a visit takes: from half an hour to an hour by the area treated, before the time of a numbing cream."""

from __future__ import annotations

from scarplan.evidence.library import quantity, value_of
from scarplan.report.wording import write_range


def estimate_minutes(places: int) -> int:
    """Return the expected minutes of a visit that treats `places` zones, each side counted.

    Between the shortest and the longest published visit it grows evenly with the places. Raises ValueError below 1.
    """
    if places < 1:
        raise ValueError(f"a visit treats at least one place, not {places}")
    least, most = value_of("visit.minutes_least"), value_of("visit.minutes_most")
    share = min(1.0, (places - 1) / (value_of("visit.places_of_longest") - 1))
    step = value_of("visit.minutes_step")
    return step * round((least + share * (most - least)) / step)


def say_minutes(places: int) -> str:
    """Return how long the visit takes, in words; with no place known the published range alone."""
    least, most = quantity("visit.minutes_least"), quantity("visit.minutes_most")
    usual = f"{write_range(least.value, most.value)} minutes by area treated"
    if not places:
        return f"usually {usual}; numbing time on top"
    return f"about {estimate_minutes(places)} minutes (usually {usual}); numbing time on top"
