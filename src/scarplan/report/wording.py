"""Words and number formats of the report: plain, calm, the same everywhere.

An unknown value is written as an en dash, never as 0; a needle length or a drug that only weak sources carry
reads "set by the clinic".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from scarplan.units import DAYS_PER_MONTH, DAYS_PER_WEEK

UNKNOWN = "–"
#: Half width of a 90 % interval in standard deviations (normal).
Z_90 = 1.645
SET_BY_THE_CLINIC = "set by the clinic"
NOTICE = "Research and education; not a cleared medical device"
MODEL_NOTICE = "not yet validated, not for deciding treatment"

DECISIONS = {
    "suitable": "Suitable",
    "with_changes": "Suitable with changes",
    "open": "Not decided: questions open",
    "wait": "Wait",
    "stop": "Do not needle",
}

KINDS = {
    "icepick": "ice-pick",
    "boxcar": "boxcar",
    "boxcar_shallow": "boxcar, shallow",
    "boxcar_deep": "boxcar, deep",
    "rolling": "rolling",
    "raised": "raised",
    "other": "other",
}

#: How dents answer when the skin is stretched between two fingers.
STRETCH = {"flattens": "they flatten", "partly": "they flatten in part", "does_not_flatten": "they do not flatten"}

#: The first question of an examination: is it a dark or red mark rather than a dent?
FLAT_MARKS = {"none": "none", "some": "some, beside dents", "only": "only such marks, no dents"}

#: What an average reader calls the part of the face; the rest is the zone id with spaces.
ZONES = {
    "periorbital": "around the eye, outside the rim",
    "nasal_bridge": "bridge of the nose",
    "nose_tip": "tip of the nose",
    "malar": "cheekbone",
    "upper_lip": "around the mouth",
    "trunk": "back and shoulders",
}


def name_kind(kind: str | None) -> str:
    """Return the name of a scar kind as a clinician writes it."""
    return KINDS.get(kind or "", (kind or "kind unknown").replace("_", " "))


#: Ending of the name of a measure -> its unit as it is written.
_UNITS_OF_NAMES = {"_per_cm2": "per cm²", "_mm3": "mm³", "_mm2": "mm²", "_cm2": "cm²", "_mm": "mm", "_deg": "°"}


def name_measure(name: str | None) -> str:
    """Return the name of a measure with its unit apart: `depth, mm`."""
    for ending, unit in _UNITS_OF_NAMES.items():
        if (name or "").endswith(ending):
            return f"{(name or '').removesuffix(ending).replace('_', ' ')}, {unit}"
    return (name or "").replace("_", " ")


def name_zone(zone: str | None, side: str | None = None) -> str:
    """Return a zone in words, with its side: `cheek, left`."""
    if not zone:
        return "zone unknown"
    words = ZONES.get(zone, zone.replace("_", " "))
    return f"{words}, {side}" if side else words


def name_rule(rule: str | None) -> str:
    """Return the id of a screening rule as words."""
    words = (rule or "").replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def say_rules(text: str) -> str:
    """Return `text` with every rule id in backticks said in words."""
    return re.sub(r"`([^`]+)`", lambda found: f"“{found[1].replace('_', ' ')}”", text)


def name_finding(finding: Mapping[str, Any]) -> str:
    """Return what a finding of the screening is about, short: the condition up to its first comma or bracket."""
    condition = str(finding.get("condition") or "")
    short = re.split(r" \(|,|;|:", condition, maxsplit=1)[0].strip()
    return shorten(short, 70) if short else name_rule(finding.get("rule"))


def count_of(number: int, singular: str, plural: str | None = None) -> str:
    """Return `1 scar`, `3 scars`."""
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def join_words(words: Iterable[str], last: str = "and") -> str:
    """Return `a, b and c`."""
    found = [word for word in words if word]
    if len(found) < 2:
        return "".join(found)
    return f"{', '.join(found[:-1])} {last} {found[-1]}"


def join_list(value: Any) -> str:
    """Return a text as it is and a list as `a, b, c`; nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return ", ".join(str(part) for part in value)


def start_sentence(text: str | None) -> str:
    """Return `text` with a capital first letter and a full stop."""
    text = (text or "").strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?…" else ".")


def shorten(text: str, limit: int) -> str:
    """Return at most `limit` letters of `text`, cut at a word."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def write_number(value: float | None, digits: int = 2) -> str:
    """Return a number with a fixed count of decimals and a true minus sign; unknown is a dash."""
    if value is None:
        return UNKNOWN
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def write_trimmed(value: float | None, digits: int = 2) -> str:
    """Return a number without zeros at its end: `1.5`, `0.25`, `3`."""
    text = write_number(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_about(value: float | None) -> str:
    """Return a number that is known only about, with two figures that count: `4100` for 4095."""
    return UNKNOWN if value is None else f"{float(f'{value:.2g}'):.0f}"


def write_figures(value: float | None, figures: int = 3) -> str:
    """Return a number with so many figures that count and a true minus sign, never as a power of ten."""
    if value is None:
        return UNKNOWN
    if value == 0:
        return "0"
    digits = max(0, figures - 1 - math.floor(math.log10(abs(value))))
    return write_number(value, min(digits, 9))


def write_range(low: float | None, high: float | None, digits: int = 0, unit: str = "") -> str:
    """Return `20 to 45 %`; one number where both ends read the same."""
    ends = list(dict.fromkeys([write_number(low, digits), write_number(high, digits)]))
    return " to ".join(ends) + (f" {unit}" if unit else "")


def write_spread(values: Any, digits: int = 0) -> str:
    """Return a number as it is, and a list of low and high as `3 to 4`; nothing as unknown."""
    if isinstance(values, list | tuple):
        return write_range(min(values), max(values), digits) if values else UNKNOWN
    return write_number(values, digits)


def write_needle_length(value_mm: float | None) -> str:
    """Return a needle length setting, or that the clinic sets it."""
    return SET_BY_THE_CLINIC if value_mm is None else f"{write_trimmed(value_mm)} mm"


def write_date(text: str | date | None) -> str:
    """Return an ISO date as `4 March 2026`; anything else as it is."""
    if text is None or text == "":
        return UNKNOWN
    try:
        day = text if isinstance(text, date) else date.fromisoformat(str(text))
    except ValueError:
        return str(text)
    return f"{day.day} {day:%B} {day.year}"


def write_dates(text: str | None) -> str:
    """Return `text` with every ISO date in it written as `4 March 2026`."""
    return re.sub(r"\b\d{4}-\d{2}-\d{2}\b", lambda found: write_date(found[0]), text or "")


def name_protocol_once(text: str | None, protocol: Mapping[str, Any] | None) -> str:
    """Return `text` without name and day of the clinic's protocol, which stand at the head of the plan."""
    if not text or not protocol:
        return text or ""
    return re.sub(rf" {re.escape(protocol['name'])}, \d{{4}}-\d{{2}}-\d{{2}}(, an example only)?", "", text)


def say_chance(chance: float | None) -> str:
    """Return a chance of the model in 100; never as certain, since draws of a model are not."""
    if chance is None:
        return UNKNOWN
    percent = round(100 * chance)
    return "over 99 of 100" if percent == 100 else "under 1 of 100" if percent == 0 else f"{percent} of 100"


def join_alike(reasons: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return reasons (`text`, `sources`) with those that say the same of several things joined: `a, b: why`."""
    joined: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for reason in reasons:
        of, colon, why = reason["text"].partition(": ")
        joined.setdefault((why if colon else reason["text"], tuple(reason["sources"])), []).append(of if colon else "")
    return [
        {"text": f"{', '.join(of)}: {why}" if of[0] else why, "sources": list(sources)}
        for (why, sources), of in joined.items()
    ]


def write_span(days: float | None) -> str:
    """Return a number of days as `10 days`, `4 weeks` or `6 months`, whichever reads best."""
    if days is None:
        return UNKNOWN
    whole = round(days)
    months = whole / DAYS_PER_MONTH
    if months > 2 and abs(months - round(months)) < 0.15:  # within five days of whole months
        return count_of(round(months), "month")
    if whole >= 2 * DAYS_PER_WEEK and whole % DAYS_PER_WEEK == 0:
        return count_of(whole // DAYS_PER_WEEK, "week")
    return count_of(whole, "day")


def quantile_band(quantiles: Mapping[str, float | None] | None, digits: int = 1) -> str:
    """Return `2.0 (1.0 to 4.0)`: the median with its 90 % interval."""
    if not quantiles:
        return UNKNOWN
    middle = quantiles.get("q50", quantiles.get("median"))
    low, high = quantiles.get("q05"), quantiles.get("q95")
    if middle is None:
        return UNKNOWN
    if low is None or high is None:
        return write_number(middle, digits)
    return f"{write_number(middle, digits)} ({write_number(low, digits)} to {write_number(high, digits)})"


def percent_band(chance: Mapping[str, float | None] | None) -> str:
    """Return a chance between 0 and 1 as `7 (2 to 16)`, in 100."""
    if not chance:
        return UNKNOWN
    return quantile_band({key: None if value is None else 100 * value for key, value in chance.items()}, 0)


def say_change(quantiles: Mapping[str, float | None] | None) -> str:
    """Return a change of depth in per cent (negative is shallower) as `24 % shallower (90 % interval 9 to 38 %)`."""
    middle, low, high = ((quantiles or {}).get(name) for name in ("q50", "q05", "q95"))
    if middle is None:
        return UNKNOWN
    words = _say_percent(middle)
    if low is None or high is None:
        return words
    if round(low) * round(high) < 0:
        return f"{words} (90 % interval: from {_say_percent(low)} to {_say_percent(high)})"
    least, most = sorted((abs(low), abs(high)))
    return f"{words} (90 % interval {write_range(least, most)} %)"


def _say_percent(change: float) -> str:
    if round(change) == 0:
        return "no change"
    return f"{abs(change):.0f} % {'shallower' if change < 0 else 'deeper'}"


def name_goal(goal: Mapping[str, Any]) -> str:
    """Return a goal in words: its own text, or what it asks for."""
    text = goal.get("words") or goal.get("text") or goal.get("name")
    if text:
        return str(text)
    parts = [
        f"{key.replace('_', ' ')} {value}" for key, value in goal.items() if key != "probability" and value is not None
    ]
    return "; ".join(parts)
