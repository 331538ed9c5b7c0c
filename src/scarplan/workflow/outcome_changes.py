"""What changed in the patient's own scores since the first visit, in words that claim no more than is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scarplan.evidence.library import quantity, source, value_of
from scarplan.records.outcomes import SCALES, Outcomes, OutcomeVisit, Scale

BAND_WORDS = (
    "no effect on life",
    "small effect on life",
    "moderate effect on life",
    "very large effect on life",
    "extremely large effect on life",
)
_NO_FIGURE = "no published figure says how much of a change means something"
#: The first of the bands in which the skin weighs heavily on life.
_HEAVY_BAND = BAND_WORDS.index("very large effect on life")


@dataclass(frozen=True)
class Answered:
    """The visits at which a scale was answered, the earliest first."""

    scale: Scale
    visits: tuple[OutcomeVisit, ...]

    def score_at(self, position: int) -> int | None:
        """Return the answer at this position (-1: the last), None where there is none."""
        return self.visits[position].score(self.scale.key) if self.visits else None

    @property
    def change(self) -> int | None:
        """The last answer minus the first; None where there are not two."""
        first, last = self.score_at(0), self.score_at(-1)
        return None if first is None or last is None or len(self.visits) < 2 else last - first


def list_bands() -> list[dict[str, Any]]:
    """Return the bands of the DLQI: lowest and highest total, and what they say."""
    ends = value_of("outcomes.dlqi_band_ends")
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [{"from": low, "to": high, "says": says} for low, high, says in zip(starts, ends, BAND_WORDS, strict=True)]


def name_band(total: int | None) -> str | None:
    """Return what the DLQI total `total` says, None where there is none."""
    return None if total is None else next(band["says"] for band in list_bands() if total <= band["to"])


def describe_changes(outcomes: Outcomes) -> list[dict[str, Any]]:
    """Return one row for each scale: the first and last answer, the change, and what it says."""
    return [_describe_change(answered) for answered in _all_answered(outcomes)]


def list_doubts(outcomes: Outcomes) -> list[str]:
    """Return what about the scores asks for a talk or a second look, in words."""
    return [
        *(f"on {visit.date.isoformat()} nothing was answered" for visit in outcomes.visit if visit.is_empty),
        *_doubts_of_life(outcomes.visit),
        *_doubts_of_worth(outcomes),
    ]


def _all_answered(outcomes: Outcomes) -> tuple[Answered, ...]:
    return tuple(
        Answered(scale, tuple(visit for visit in outcomes.visit if visit.score(key) is not None))
        for key, scale in SCALES.items()
    )


def _describe_change(answered: Answered) -> dict[str, Any]:
    scale, visits = answered.scale, answered.visits
    smallest = quantity("outcomes.dlqi_smallest_change") if scale.key == "dlqi" else None
    return {
        "what": scale.key,
        "name": scale.name,
        "better": scale.better,
        "answers": len(visits),
        "first": answered.score_at(0),
        "first_date": visits[0].date if visits else None,
        "last": answered.score_at(-1),
        "last_date": visits[-1].date if visits else None,
        "change": answered.change,
        "smallest_change": smallest.value if smallest else None,
        "smallest_change_low": smallest.low if smallest else None,
        "smallest_change_high": smallest.high if smallest else None,
        "says": _say(answered, None if smallest is None else float(smallest.value)),
        "sources": [source(smallest.source).id] if smallest else [],
    }


def _say(answered: Answered, smallest: float | None) -> str:
    if not answered.visits:
        return "not asked"
    if answered.change is None:
        return "asked once; a change needs two visits"
    if answered.change == 0:
        return "the same as at first"
    is_better = (answered.change < 0) == (answered.scale.better == "lower")
    number = abs(answered.change)
    way = f"{number} point{'' if number == 1 else 's'} {'better' if is_better else 'worse'}"
    if smallest is None:
        return f"{way}; {_NO_FIGURE}"
    if number < smallest:
        return f"{way}: less than the {smallest:g} points that people with skin disease notice"
    return f"{way}: at least the {smallest:g} points that people with skin disease notice"


def _doubts_of_life(visits: Sequence[OutcomeVisit]) -> Iterator[str]:
    asked = [visit for visit in visits if visit.dlqi is not None]
    if not asked or asked[-1].dlqi is None:
        return
    if asked[-1].dlqi >= list_bands()[_HEAVY_BAND]["from"]:
        yield (
            f"the last DLQI, {asked[-1].dlqi}, stands for a {name_band(asked[-1].dlqi)}: ask how the patient is, "
            "and offer other help where it is needed"
        )


def _doubts_of_worth(outcomes: Outcomes) -> Iterator[str]:
    answered = {each.scale.key: each for each in _all_answered(outcomes)}
    first, last = answered["worth_it"].score_at(0), answered["worth_it"].score_at(-1)
    highest = value_of("outcomes.own_scale_maximum")
    if first is None or last is None:
        return
    told = _name_gains(tuple(answered.values()))
    if last < first:
        yield (
            f"'worth it' fell from {first} to {last} of {highest}{told}: ask why before the next session; "
            "the number does not tell the reason"
        )
    elif last < highest / 2:
        yield f"'worth it' is {last} of {highest}{told}: talk about whether to go on before planning more"


def _name_gains(answered: Sequence[Answered]) -> str:
    """Return ", although A, B and C got better" for the scales of burden that did, or nothing."""
    names = [
        each.scale.short_name
        for each in answered
        if each.scale.better == "lower" and each.change is not None and each.change < 0
    ]
    if not names:
        return ""
    *others, last = names
    told = f"{', '.join(others)} and {last}" if others else last
    return f", although {told} got better"
