"""The folder of a demo: its own, of one kind, and started again from nothing."""

from __future__ import annotations

from scarplan.errors import BadInput
from scarplan.records import Case

#: Kind of demo -> the file that marks its folder, and what it is called.
MARKS = {
    "scan": ("input/phantom_truth.csv", "the demo with a scan"),
    "examination": ("input/assessment.toml", "the demo without a scan"),
}
#: Folders that verbs write into under names that differ from run to run.
_WRITTEN = ("results", "plans", "forecast", "assessments", "photos", "kept", "followup_1", "followup_2")
#: Files of a course: that of another run is another course.
_OF_A_COURSE = ("ledger.jsonl", "ledger.torn", "schedule.ics", "scoreboard.csv", "input/course_truth.csv")
#: Input files of a course, as many as it had.
_INPUT_OF_A_COURSE = ("input/session_*.toml", "input/followup_*.npy")


def check_demo_folder(case: Case, *, kind: str, seed: int) -> None:
    """Raise BadInput unless `seed` is one, and the folder of `case` is empty, missing, or a demo of this kind."""
    if not 0 <= seed < 2**31:
        raise BadInput(
            "the seed is out of range", code="E-DEMO-002", got=seed, allowed="0 to 2147483647", do="--seed 1"
        )
    mark, _ = MARKS[kind]
    if not case.root.is_dir() or case.has(mark) or not any(case.root.iterdir()):
        return
    other = next((name for each, (file, name) in MARKS.items() if each != kind and case.has(file)), None)
    if other:
        raise BadInput(
            f"the folder {case.root} holds {other}",
            code="E-DEMO-005",
            do="name another folder: scarplan demo my-demo, or scarplan demo --no-scan my-other-demo",
        )
    raise BadInput(
        f"the folder {case.root} is not empty and is not a demo",
        code="E-DEMO-003",
        do="name another folder: scarplan demo my-demo",
    )


def start_again(case: Case) -> None:
    """Remove what an earlier run of the demo left: results, its course, and what stands under names of its own."""
    left = [path for folder in _WRITTEN for path in sorted(case.path(folder).rglob("*")) if path.is_file()]
    left += [path for pattern in _INPUT_OF_A_COURSE for path in sorted(case.root.glob(pattern))]
    case.remove(*(str(path.relative_to(case.root)) for path in left), *_OF_A_COURSE)
