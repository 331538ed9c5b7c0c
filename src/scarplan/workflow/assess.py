"""Assess: an examination without a scanner goes into the case, and later ones are compared with it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, TypeAlias

from scarplan.canonical import dump_json, hash_bytes, make_plain
from scarplan.errors import BadInput, MissingStep
from scarplan.evidence.library import UsedEvidence, recording
from scarplan.examination import Ask, compare_examinations, describe_assessment, interview_examiner
from scarplan.manifest import make_manifest
from scarplan.records.assessment import Assessment, make_assessment, read_assessment
from scarplan.records.case import Case, result_name
from scarplan.records.patient_file import read_own_patient
from scarplan.records.toml_file import read_toml
from scarplan.workflow.day import read_day, read_today
from scarplan.workflow.progress import Progress, report_nothing
from scarplan.workflow.template import print_template

#: The first examination of a case, and the folder of the later ones.
FIRST, LATER = "assessment.toml", "assessments"
_EXAMPLE = "This is the example of `scarplan template assessment` as it stands: nobody was examined."
#: An examination with the name of its file in the case.
_Named: TypeAlias = tuple[str, Assessment]


def assess_patient(
    case_path: str | Path,
    assessment_path: str | Path | None = None,
    *,
    ask: Ask | None = None,
    follow_up: bool = False,
    replace: bool = False,
    today: datetime.date | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Put an examination into the case and return what it says: counts, groups, grades, doubts.

    `assessment_path` is its file; without one the case's own `assessment.toml` is gone on with, and what it leaves
    open is asked through `ask` (see `scarplan.examination.interview_examiner`). `replace` corrects an examination
    that the case holds already. `follow_up` keeps the file as a later examination and returns what changed, judged
    against how far two raters differ. `today` is the day of the run, by the clock if not given.
    Raises BadInput for a file that cannot be used and for answers that contradict one another.
    """
    progress = progress or report_nothing
    case, day = Case(case_path), today or read_today()
    progress("reading the examination", 0.0)
    if follow_up:
        return _follow_up(case, assessment_path, replace=replace, today=day, progress=progress)
    data, assessment = _read_first(case, assessment_path, ask=ask, replace=replace, today=day)
    later = _read_later(case)
    _check_days(case, [(str(assessment_path or FIRST), assessment), *later])
    progress("checking and grading", 0.4)
    with recording() as used:
        what = f"examination {assessment_path or case.path(FIRST)}"
        described = make_plain(describe_assessment(assessment, today=day, what=what))
    if data == print_template("assessment").encode():
        described["doubts"].insert(0, _EXAMPLE)
    result = {**described, "manifest": _make_manifest("assess", {FIRST: hash_bytes(data)}, used)}
    files = {FIRST: data}
    if later:  # they are compared with the first one, so they are judged anew
        compared = _compare(case, [(FIRST, assessment), *later], new={FIRST: data})
        files[result_name("follow_up")] = (dump_json(compared, indent=1) + "\n").encode()
    case.write_result("assess", result, files)
    progress("examined", 1.0)
    return result


def _read_first(
    case: Case, path: str | Path | None, *, ask: Ask | None, replace: bool, today: datetime.date
) -> tuple[bytes, Assessment]:
    """Return the first examination with its bytes: the file given, or the case's own after the interview."""
    if path is None:
        _interview(case, ask, today)
        path = case.path(FIRST)
    assessment = read_assessment(Path(path))
    data = Path(path).read_bytes()
    if not replace and _holds_another(case, FIRST, data):
        raise BadInput(
            f"the case {case.root} holds another examination already",
            code="E-EXAM-002",
            got=str(path),
            do="add --follow-up for a later examination, or --replace to correct the one that is there",
        )
    return data, assessment


def _interview(case: Case, ask: Ask | None, today: datetime.date) -> None:
    """Ask what the case's own examination leaves open, and keep it."""
    kept = case.path(FIRST)
    started = read_toml(kept, what="examination", template="assessment") if kept.exists() else {}
    if started:
        make_assessment(started, what=f"examination {kept}")
    if ask is not None:
        found = interview_examiner(ask, started=started, today=today)
        if found.can_be_kept and found.values != started:
            # Kept before anything is judged: no answer is lost when two of them contradict one another.
            case.write_files({FIRST: found.text.encode()})
    if not kept.is_file():
        raise MissingStep(
            f"the case {case.root} holds no examination, and nothing was written: examiner and date are needed",
            code="E-EXAM-003",
            do="answer the questions, or give a file with --assessment (`scarplan template assessment`)",
        )


def _follow_up(
    case: Case, path: str | Path | None, *, replace: bool, today: datetime.date, progress: Progress
) -> dict[str, Any]:
    if path is None:
        raise BadInput(
            "a follow-up needs the file of the later examination",
            code="E-EXAM-004",
            do="fill `scarplan template assessment` and give it with --assessment",
        )
    case.require()
    if not case.has(FIRST):
        raise MissingStep(
            f"the case {case.root} holds no first examination to compare with",
            code="E-EXAM-005",
            do=f"run `scarplan assess {case.root} --assessment FILE` without --follow-up first",
        )
    new = read_assessment(Path(path))
    data = Path(path).read_bytes()
    name = f"{LATER}/{new.date.isoformat()}.toml"
    if not replace and _holds_another(case, name, data):
        raise BadInput(
            f"the case {case.root} holds another examination of this day already",
            code="E-EXAM-006",
            got=new.date.isoformat(),
            do="add --replace to correct it",
        )
    first = read_assessment(case.path(FIRST))
    _check_days(case, [(FIRST, first), (str(path), new)])
    describe_assessment(new, today=today, what=f"examination {path}")
    later = sorted([*_read_later(case, without=name), (name, new)], key=_day_of)
    progress("judging what changed", 0.5)
    result = _compare(case, [(FIRST, first), *later], new={name: data})
    case.write_result("follow_up", result, {name: data})
    progress("compared", 1.0)
    return result


def _holds_another(case: Case, name: str, data: bytes) -> bool:
    """Whether the case holds a file `name` that is not `data`; one that cannot be read is taken for another."""
    try:
        return case.has(name) and case.path(name).read_bytes() != data
    except OSError:
        return True


def _compare(case: Case, examinations: list[_Named], *, new: dict[str, bytes]) -> dict[str, Any]:
    """Return the result of a follow-up; `new` holds the files that are written with it."""
    with recording() as used:
        compared = make_plain(compare_examinations([each for _, each in examinations]))
    kept = case.hashes(*(name for name, _ in examinations if name not in new))
    inputs = kept | {name: hash_bytes(data) for name, data in new.items()}
    return {**compared, "manifest": _make_manifest("follow_up", inputs, used)}


def _read_later(case: Case, *, without: str | None = None) -> list[_Named]:
    """Return the later examinations with their names, in the order of their days; `without` is about to be replaced."""
    names = [f"{LATER}/{path.name}" for path in case.path(LATER).glob("*.toml")]
    return sorted([(name, read_assessment(case.path(name))) for name in names if name != without], key=_day_of)


def _day_of(named: _Named) -> tuple[datetime.date, str]:
    return named[1].date, named[0]


def _check_days(case: Case, examinations: list[_Named]) -> None:
    """Raise BadInput unless every examination lies after the first one, on a day that can be for this patient."""
    patient = read_own_patient(case)
    for name, each in examinations:
        read_day(
            each.date,
            what=f"the day of the examination in {name} cannot be",
            code="E-EXAM-007",
            do="write the day of the examination, such as date = 2026-03-02",
        )
        if patient is not None and each.date.year < patient.birth_year:
            raise BadInput(
                f"the examination in {name} lies before the year of birth, {patient.birth_year}",
                code="E-EXAM-009",
                got=each.date.isoformat(),
                do="correct its date, or birth_year in the patient file",
            )
    first = examinations[0][1].date
    for name, each in examinations[1:]:
        if each.date <= first:
            raise BadInput(
                f"the examination in {name} does not lie after the first one, of {first.isoformat()}",
                code="E-EXAM-008",
                got=each.date.isoformat(),
                allowed=f"a day after {first.isoformat()}",
                do="correct the date of one of them",
            )


def _make_manifest(verb: str, inputs: dict[str, str], used: UsedEvidence) -> dict[str, Any]:
    return make_plain(make_manifest(verb, inputs=inputs, quantities=used.quantities, sources=used.sources))
