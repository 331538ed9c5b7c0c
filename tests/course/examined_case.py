"""A case without a scan: examined, with an approved plan and sessions, without running the planner."""

from __future__ import annotations

from pathlib import Path

import scarplan
from course.course_case import PATIENT, TODAY, start_case, write_session
from planning.example_plan import make_zone

#: Scars of each kind on each cheek.
COUNTS = {"icepick": 3, "boxcar_shallow": 8, "boxcar_deep": 4, "rolling": 3}
SESSIONS = ("2026-03-10", "2026-04-10", "2026-05-11")


def write_examination(folder: Path, date: str, *, examiner: str = "Dr A", **counts: int) -> Path:
    """Write an examination of both cheeks into `folder` and return it."""
    found = {**COUNTS, **counts, "raised": 0, "other": 0}
    rows = "".join(f"{kind} = {count}\n" for kind, count in found.items())
    zones = "".join(f'[[zone]]\nzone = "cheek"\nside = "{side}"\n{rows}' for side in ("left", "right"))
    path = folder / f"examination-{date}.toml"
    path.write_text(
        f'examiner = "{examiner}"\ndate = {date}\nrole = "dermatologist"\nuse = "acne_scars"\nflat_marks = "none"\n'
        f'stretch = "partly"\nscar_age_months = 72\npicked = "no"\nnew_acne = "no"\nrest_of_face = "no_scars"\n{zones}'
    )
    return path


def examined_case(root: Path, folder: Path, *, sessions: tuple[str, ...] = SESSIONS) -> Path:
    """Make a case that was examined, planned and treated; files of it lie in `folder`."""
    start_case(
        root,
        basis="examination",
        zones=tuple(make_zone("cheek", side) for side in ("left", "right")),
    )
    (folder / "patient.toml").write_text(PATIENT)
    scarplan.screen_patient(root, folder / "patient.toml", date="2026-03-01")
    scarplan.assess_patient(root, write_examination(folder, "2026-03-01"))
    zones = "".join(
        f'[[zone]]\nzone = "cheek"\nside = "{side}"\nset_length_mm = 1.5\npasses = 3\n' for side in ("left", "right")
    )
    for day in sessions:
        scarplan.add_session(root, write_session(folder, day, today=TODAY, zone=zones), date="2027-12-01")
    return root
