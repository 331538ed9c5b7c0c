"""Whether a course brings enough to be offered instead of another: more than its visits and harms weigh, and a change
that can be measured."""

from __future__ import annotations

from scarplan.planning.grid import TriedCourse
from scarplan.planning.objective import price_course

# What is left without any needling, percent of the present depth.
_ALL_LEFT = 100.0


def say_too_little(course: TriedCourse, *, detectable_percent: float | None) -> str | None:
    """Return why a course brings too little, in words that follow its name; None where it brings enough.

    `detectable_percent` is the change of the mean depth that two scans can tell from error, None without a scan.
    Missed goals are left out: no needling at all keeps every limit of harm.
    """
    gain = _ALL_LEFT - course.left_percent
    if gain <= 0:
        return f"leaves {course.left_percent:.0f} % of the present depth, so it makes no scar shallower"
    if detectable_percent is not None and gain < detectable_percent:
        return (
            f"makes the scars {gain:.1f} % shallower, less than the {detectable_percent:.1f} % that two scans can tell "
            "from error"
        )
    weights = [row.target.expected for row in course.settings]
    weighs = price_course([row.price for row in course.settings], weights, course.schedule, ()) - course.left_percent
    if gain < weighs:
        return f"makes the scars {gain:.1f} % shallower, less than its visits, redness and risk weigh ({weighs:.1f} %)"
    return None
