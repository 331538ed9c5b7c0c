"""The data dictionary: one row for each column of a long table: what it is, unit, type, how unknown is written."""

from __future__ import annotations

from collections.abc import Iterable

from scarplan.study.tidy import write_csv

#: Endings of column names -> unit. The longest that fits counts.
_UNITS = {
    "_mm": "mm", "_mm2": "mm2", "_mm3": "mm3", "_um": "um", "_cm2": "cm2", "_per_cm2": "1/cm2", "_deg": "degree",
    "_percent": "percent", "_days": "day", "_mm_sd": "mm",
}  # fmt: skip
_MEANINGS = {
    "patient": "code of the patient",
    "subject": "code of the person",
    "side": "side of the face",
    "arm": "what this patient or side was allocated to",
    "visit": "name of the visit, as declared",
    "day": "days after the first session",
    "scar": "number of the scar; the same number is the same scar at every visit or repeat",
    "zone": "facial zone",
    "operator": "who measured",
    "device": "with what it was measured",
    "repeat": "which repeat",
    "case": "case folder",
    "kind": "kind of scar: icepick, boxcar, rolling or raised",
    "depth_mm": "depth of the scar below its own rim; negative for a raised one",
    "width_mm": "diameter of the circle of the scar's area",
    "area_mm2": "area of the scar deeper than a tenth of its depth",
    "volume_mm3": "volume below the rim of the scar; negative for a raised one",
    "count": "number of scars that count in the headline",
    "total_volume_mm3": "sum of the volumes of the depressed scars",
    "mean_depth_mm": "mean depth of the depressed scars",
    "mean_width_mm": "mean width of the depressed scars",
    "code": "random code of a picture",
    "file": "the picture before it was blinded",
    "rater": "who scored",
    "mirrored": "whether the picture was shown as a mirror image",
    "shown": "which showing of the same picture: 1 the first, 2 a repeat",
    "order": "place in the order of showing",
}
_WHOLE = frozenset({"day", "order", "shown"})


def unit_of(column: str) -> str:
    """Return the unit that the name of a column tells; `1` for counts and grades, empty for names."""
    endings = [ending for ending in _UNITS if column.endswith(ending)]
    return _UNITS[max(endings, key=len)] if endings else "day" if column == "day" else "1"


def write_dictionary(
    columns: Iterable[str], *, measures: Iterable[str], meanings: dict[str, str] | None = None
) -> bytes:
    """Return the dictionary of `columns` as CSV; `measures` names those that are numbers."""
    numbers, known = set(measures), {**_MEANINGS, **(meanings or {})}
    names = list(columns)
    return write_csv(
        {
            "column": names,
            "meaning": [known.get(name, "a measure of this study, as named in its data") for name in names],
            "unit": [unit_of(name) if name in numbers or name == "day" else None for name in names],
            "type": ["number" if n in numbers else "whole number" if n in _WHOLE else "text" for n in names],
            "unknown": ["an empty cell" for _ in names],
        }
    )
