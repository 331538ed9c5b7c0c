"""The days of a forecast: the sessions' months densely, the judge day exactly, then sparser to two years."""

from __future__ import annotations

from collections.abc import Sequence

# Parts of the way from the last session to the judge day, and days after it; twelve days in all keep a forecast fast
# while the curve between them is smooth (the surface follows the matrix with a lag of weeks).
_PARTS_OF_COURSE = (0.0, 0.5, 1.0)
_PARTS_TO_JUDGE = (0.35, 0.65, 1.0)
_AFTER_JUDGE_DAYS = (60, 120)
_YEARLY = (365, 455, 545)


def choose_days(last_session_day: int, *, judge_day: int, horizon_days: int) -> tuple[int, ...]:
    """Return the days at which a forecast is measured, counted from the first session, in order, each once."""
    course = [round(part * last_session_day) for part in _PARTS_OF_COURSE]
    to_judge = [last_session_day + round(part * (judge_day - last_session_day)) for part in _PARTS_TO_JUDGE]
    after = [judge_day + days for days in _AFTER_JUDGE_DAYS]
    later = [day for day in _YEARLY if day > judge_day]
    return tuple(sorted({day for day in (*course, *to_judge, *after, *later, horizon_days) if day <= horizon_days}))


def maintained_session_days(session_days: Sequence[int], *, every_days: int, horizon_days: int) -> tuple[int, ...]:
    """Return the sessions of the course followed by one every `every_days` until the horizon."""
    if not session_days:
        return ()
    extra = range(session_days[-1] + every_days, horizon_days + 1, every_days)
    return (*session_days, *extra)
