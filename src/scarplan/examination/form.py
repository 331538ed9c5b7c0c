"""The form of an examination: an assessment.toml written from the answers so far."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

import tomlkit

#: Every key of the file in its order, with what may stand there.
_KEYS = {
    "examiner": "who looked",
    "role": "",
    "date": "the day of the examination, year-month-day",
    "light": "",
    "use": "what is treated; `scarplan uses`",
    "flat_marks": "none | some | only | unknown: dark or red marks rather than dents",
    "stretch": "flattens | partly | does_not_flatten | unknown: dents, with the skin stretched",
    "scar_age_months": "how long the youngest scars have been there",
    "picked": "yes | no | unknown: spots are picked or squeezed",
    "new_acne": "yes | no | unknown: new spots still come",
    "rest_of_face": "no_scars | unknown: the zones of the face not listed below",
    "note": "",
}
_HEAD = """# An examination: what a clinician saw and counted. "unknown" is never taken for none.
# A count is a whole number or a class: "none", "1-4", "5-10", "11-20", "over 20", "unknown".
"""


def write_assessment(values: Mapping[str, Any]) -> str:
    """Return the assessment.toml that holds `values`, which may be half-filled."""
    lines = [_HEAD]
    for key, words in _KEYS.items():
        if key in values:
            lines.append(_pair(key, values[key]) + (f"  # {words}" if words else ""))
    grades = values.get("grades", {})
    if grades:
        lines += ["", "[grades]", *(_pair(k, v) for k, v in grades.items() if not isinstance(v, Mapping))]
    for name, rows in grades.items():
        if isinstance(rows, Mapping):
            lines += ["", f"[grades.{name}]", *(_pair(key, value) for key, value in rows.items())]
    for row in values.get("zone", ()):
        lines += ["", "[[zone]]", *(_pair(key, value) for key, value in row.items())]
    return "\n".join(lines) + "\n"


def _pair(key: str, value: Any) -> str:
    written = value.isoformat() if isinstance(value, datetime.date) else tomlkit.item(value).as_string()
    return f"{key} = {written}"
