"""Judge a change between two ranges against how far raters differ on the same face."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from scarplan.evidence.library import value_of

#: Fewest and most; the most may be infinite where it is not known.
Ends: TypeAlias = tuple[float, float]
Judgement: TypeAlias = Literal["none", "better", "worse", "unknown"]

SAYS: Mapping[Judgement, str] = {
    "none": "no change beyond what two raters differ by",
    "better": "better by more than raters differ",
    "worse": "worse by more than raters differ",
    "unknown": "cannot be judged",
}


def judge_points(first: Ends, last: Ends) -> Judgement:
    """Return what a change of points on the quantitative Goodman and Baron scale says; fewer points are better."""
    apart = value_of("examination.gb_points_apart")
    return _judge(first, last, lambda more, fewer: more - fewer > apart)


def judge_counts(first: Ends, last: Ends) -> Judgement:
    """Return what a change of a count says: raters of one face differ by a factor, and by a scar or two."""
    fewest, most = value_of("examination.rater_mean_count")
    least = value_of("examination.least_count_change")
    return _judge(first, last, lambda more, fewer: more > most / fewest * fewer and more - fewer > least)


def judge_unpublished(first: Ends, last: Ends) -> Judgement:
    """Return what a change says on a scale whose rater disagreement nobody published: only "the same" can be said."""
    return "none" if first == last else "unknown"


def _judge(first: Ends, last: Ends, is_beyond: Callable[[float, float], bool]) -> Judgement:
    """Judge so that the answer holds wherever in their ranges the two lie. The same range twice is no change."""
    if first == last:
        return "none"
    if is_beyond(first[0], last[1]):
        return "better"
    if is_beyond(last[0], first[1]):
        return "worse"
    return "unknown" if is_beyond(first[1], last[0]) or is_beyond(last[1], first[0]) else "none"
