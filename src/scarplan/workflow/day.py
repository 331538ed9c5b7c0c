"""Read a day that a user names: year-month-day, and one on which the thing can have happened."""

from __future__ import annotations

import datetime

from scarplan.errors import BadInput

#: Days on which somebody can have been seen or scanned; beyond them a year is a slip of the pen.
EARLIEST_DAY, LATEST_DAY = datetime.date(1980, 1, 1), datetime.date(2199, 12, 31)


def read_day(date: str | datetime.date, *, what: str, code: str, do: str) -> datetime.date:
    """Return the day `date`. `what` is the sentence told when it cannot be. Raises BadInput."""
    try:
        day = date if isinstance(date, datetime.date) else datetime.datetime.strptime(date, "%Y-%m-%d").date()
    except (TypeError, ValueError):
        day = None
    if day is None or not EARLIEST_DAY <= day <= LATEST_DAY:
        raise BadInput(
            what,
            code=code,
            got=str(date),
            allowed=f"a day from {EARLIEST_DAY.isoformat()} to {LATEST_DAY.isoformat()}, written year-month-day",
            do=do,
        )
    return day


def refuse_day_to_come(day: datetime.date, today: datetime.date, *, what: str, code: str, do: str) -> None:
    """Raise BadInput for a day after `today`: what took place cannot lie there."""
    if day > today:
        raise BadInput(what, code=code, got=day.isoformat(), allowed=f"up to {today.isoformat()}", do=do)


def read_today() -> datetime.date:
    """Return the day of today by the clock of this machine."""
    return datetime.datetime.now().date()
