"""A small case without a scan: a screened patient and what a clinician counted."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planned_case import SCREENED_ON, write_patient

from scarplan.records import Case
from scarplan.workflow.assess import assess_patient
from scarplan.workflow.screen import screen_patient

TODAY = datetime.date.fromisoformat(SCREENED_ON)
KINDS = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised", "other")

Counts = Mapping[str, int | str]


def count(**counts: int | str) -> Counts:
    """Return the counts of a zone in which everything was looked at; what is not named is none."""
    return dict.fromkeys(KINDS, 0) | counts


CHEEK = count(icepick=3, boxcar_shallow="5-10", boxcar_deep=1, rolling="11-20", raised="1-4")


def write_assessment(
    folder: Path,
    zones: Mapping[str, Counts] | None = None,
    *,
    day: str = SCREENED_ON,
    name: str = "given_assessment.toml",
    flat_marks: str | None = "some",
    **given: Any,
) -> Path:
    """Write an examination; `zones` is `cheek left` -> counts, and what is not given stays unknown."""
    answers = {"flat_marks": flat_marks, "rest_of_face": "no_scars"} | given
    lines = ['examiner = "Dr A. Example"', f"date = {day}"]
    lines += [f'{key} = "{value}"' for key, value in answers.items() if value is not None]
    for place, counts in ({"cheek left": CHEEK} if zones is None else zones).items():
        zone, *side = place.split()
        lines += ["[[zone]]", f'zone = "{zone}"', *(f'side = "{one}"' for one in side)]
        lines += [f'{kind} = "{number}"' for kind, number in counts.items()]
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def examine(case: Case, path: Path, **options: Any) -> dict[str, Any]:
    """Put an examination into the case, as on the day of screening."""
    return assess_patient(case.root, path, today=options.pop("today", TODAY), **options)


def make_examined(
    folder: Path, zones: Mapping[str, Counts] | None = None, *, patient: dict[str, Any] | None = None, **given: Any
) -> Case:
    """Return a case that is ready for `plan`, without a scan."""
    case = Case(folder / "case")
    screen_patient(case.root, write_patient(folder, **(patient or {})), date=SCREENED_ON)
    examine(case, write_assessment(folder, zones, **given))
    return case
