"""What a forecast hangs on in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]

# An input with less of the spread is not worth a word; a measurement that takes off less is not worth its trouble.
_WORTH_SAYING_PERCENT = 5.0
_MOST_NAMED = 3
# What no input explains alone is told from here on.
_MUCH_UNEXPLAINED_PERCENT = 10.0


def say_what_it_hangs_on(described: Row) -> dict[str, str]:
    """Return a sentence on each: what the depth hangs on, what would narrow it, what can be changed; dark patches.

    Left out is what there is nothing to say about.
    """
    depth, pigment = described["depth"], described["pigment"]
    sentences = {
        "depth": _say_inputs("How deep the scars are left", depth),
        "depth_rest": _say_unexplained(depth),
        "depth_knowing": _say_knowing(described["knowing"], "depth", "how deep the scars are left"),
        "depth_changes": _say_changes(described["changes"], depth["unit"]),
        "pigment": _say_inputs("The risk of dark patches", pigment),
        "pigment_knowing": _say_knowing(described["knowing"], "pigment", "the risk of dark patches"),
        "pigment_changes": _say_pigment_changes(described["changes"]),
    }
    return {name: sentence for name, sentence in sentences.items() if sentence}


def _say_inputs(subject: str, told: Row) -> str:
    named = [row for row in told["inputs"] if row["share_percent"] >= _WORTH_SAYING_PERCENT][:_MOST_NAMED]
    if not named:
        return f"{subject}: no single input stands out."
    first, *rest = (f"{row['words']} ({row['share_percent']:.0f} % of the spread)" for row in named)
    then = f", then on {_join(rest)}" if rest else ""
    return f"{subject} hangs mostly on {first}{then}."


def _say_unexplained(told: Row) -> str:
    left = told["unexplained_percent"]
    if left is None or left < _MUCH_UNEXPLAINED_PERCENT:
        return ""
    return (
        f"Of the spread {left:.0f} % belongs to no single input: it comes from several of them together, "
        "and from what differs from scar to scar."
    )


def _say_knowing(rows: Sequence[Row], of: str, subject: str) -> str:
    about = [row for row in rows if row["of"] == of]
    if not about:
        return ""
    best = about[0]
    if best["narrower_percent"] < _WORTH_SAYING_PERCENT:
        return f"None of the measurements looked at would tell much more about {subject}."
    return (
        f"Most would be learnt about {subject} from {best['words']}: the 90 % interval would be about "
        f"{best['narrower_percent']:.0f} % narrower."
    )


def _say_changes(rows: Sequence[Row], unit: str) -> str:
    shallower = [row for row in rows if row["effect"]["q50"] is not None and row["effect"]["q50"] < 0]
    if not shallower:
        return "Nothing that may be changed here is expected to leave the scars shallower."
    best = min(shallower, key=lambda row: row["effect"]["q50"])
    digits, words = (3, "mm") if unit == "mm" else (1, "points")
    middle, low, high = (abs(best["effect"][name]) for name in ("q50", "q95", "q05"))
    low = 0.0 if best["effect"]["q95"] > 0 else low
    sentence = (
        f"Of what may be changed, {best['words']} does most: shallower by {middle:.{digits}f} {words} "
        f"(90 %: {low:.{digits}f} to {high:.{digits}f})"
    )
    return sentence + (", too little for a scan to see." if best["a_scan_would_see_it"] is False else ".")


def _say_pigment_changes(rows: Sequence[Row]) -> str:
    lower = [row for row in rows if row["pigment_points"]["q50"] < 0]
    if not lower:
        return ""
    best = min(lower, key=lambda row: row["pigment_points"]["q50"])
    points = abs(best["pigment_points"]["q50"])
    return f"Of what may be changed, {best['words']} lowers the risk of dark patches most, by {points:.1f} points."


def _join(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
