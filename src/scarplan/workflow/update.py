"""Update: follow-ups are compared and kept in the ledger, and the patient's own response is learned from them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scarplan.canonical import make_plain
from scarplan.course import Course, Ledger, OpenLedger, Signer, make_course, open_ledger, read_ledger
from scarplan.course.entry import Entry, make_entry
from scarplan.course.scoreboard import write_scoreboard
from scarplan.errors import BadInput, MissingStep, Refused
from scarplan.evidence.library import UsedEvidence, recording, value_of
from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.records.plan_file import plan_name, read_plan
from scarplan.workflow.case_device import OWN_DEVICE
from scarplan.workflow.compare import compare_cases
from scarplan.workflow.day import read_day, read_today, refuse_day_to_come
from scarplan.workflow.examination_entries import examination_entries, left_out_examinations
from scarplan.workflow.keep_forecast import KEPT, find_inputs, keep_forecast
from scarplan.workflow.own_course import INPUTS, OwnCourse, check_baseline, prepare_own_course, require_course
from scarplan.workflow.own_examined_result import describe_examined_course
from scarplan.workflow.own_result import describe_own_course
from scarplan.workflow.progress import Progress, report_nothing, take_share
from scarplan.workflow.session import renewed_sessions

SCOREBOARD = "scoreboard.csv"
#: The arrays of the last update's forecast, as `forecast` keeps those of a plan.
ARRAYS = "forecast/update.npz"
_BY = Signer(name="scarplan", role="software")
#: Files of a follow-up by which it is known again.
_FOLLOW_UP = ("surface.npz", "scars.npz")


def update_course(
    case_path: str | Path,
    *,
    scan: str | Path | None = None,
    date: str | datetime.date | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Learn from follow-ups how this patient answers, and forecast the course anew.

    A follow-up is the case `scan` of a later scan (through `scars`), or a later examination that `assess --follow-up`
    kept: those that the ledger lacks are taken into it.

    The comparison and the decision are kept in the ledger, the forecast with all that it was made from. Writes the
    result, `scoreboard.csv` and `forecast/update.npz`. Without anything new everything is made anew from the ledger,
    after a session was added for example. `date` is the day after which no follow-up scan can lie, today if not given;
    `seed` is that of the plan unless given.

    Raises Refused when the scans do not lie over each other well enough, when the skin is still swollen, and for a
    follow-up that is in the ledger already; MissingStep without an approved plan or a session. Nothing is written then.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    case.require()
    ledger = read_ledger(case)
    course = make_course(ledger)
    require_course(case, course)  # what is missing is told before anything is compared
    added: tuple[Entry, ...] = ()
    if scan is not None:
        _check_has_baseline(case, course)
        today = _read_today(date)
        added = (_scan_entry(case, Case(scan), ledger, course, take_share(progress, 0.0, 0.3), today=today),)
    added += examination_entries(case, Ledger((*ledger.entries, *added)), course)
    now = make_course(Ledger((*ledger.entries, *added)))
    if not now.scans and not now.examinations:
        raise _no_follow_up(case, course)
    with recording() as used:
        own = prepare_own_course(case, now, seed=seed)
        result, files = _describe(own, used, take_share(progress, 0.3, 0.98))
    with open_ledger(case) as opened:
        if opened.ledger.head != ledger.head:
            raise BadInput(
                f"the ledger of {case.root} was added to meanwhile",
                code="E-COURSE-006",
                do="run the same command again",
            )
        for entry in added:
            opened.append(entry.kind, day=entry.day, by=entry.by, content=entry.content)
        opened.append("decision", day=own.last.date, by=_BY, content={"verb": "update", **result["decision"]})
        head = opened.ledger.head
        result["ledger"] = {"entries": head.entries, "hash": head.hash}
        _keep(case, own, result, opened)
        # All in one: what is written into the case must never know of more entries than the ledger holds.
        case.write_result("update", result, files | renewed_sessions(case, opened.ledger))
    progress("done", 1.0)
    return result


def replay_update(folder: Path, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the update in `folder`, which holds its inputs and the ledger as it stood, and is not written into."""
    case = Case(folder)
    ledger = read_ledger(case)
    with recording() as used:
        own = prepare_own_course(case, make_course(ledger), seed=arguments["seed"])
        result, _ = _describe(own, used, report_nothing)
    return {**result, "ledger": {"entries": ledger.head.entries, "hash": ledger.head.hash}}


def _describe(own: OwnCourse, used: UsedEvidence, progress: Progress) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return the result without the ledger, and the files that belong to it."""
    if own.faces is None:
        described = describe_own_course(own, progress)
        board = write_scoreboard(described.judged)
    else:
        described = describe_examined_course(own, progress)
        board = described.board
    manifest = make_manifest(
        "update",
        inputs=own.inputs | own.case.hashes(*_kept_forecasts(own)),
        seed=own.healer.seed,
        uses_jax=True,
        quantities=used.quantities | _compared(own, "quantities"),
        sources=used.sources | _compared(own, "sources"),
    )
    files = {SCOREBOARD: board, ARRAYS: described.arrays}
    return make_plain({**described.result, "manifest": manifest}), files


def _compared(own: OwnCourse, name: str) -> set[str]:
    """Return what the comparison of the last follow-up was made with: it is told here too."""
    return set(own.last.content[name])


def _kept_forecasts(own: OwnCourse) -> list[str]:
    return [f"{KEPT}/{made.content['result']}" for made in own.course.forecasts]


def _keep(case: Case, own: OwnCourse, result: dict[str, Any], opened: OpenLedger) -> None:
    names = (
        *own.basis_files,
        *(plan_name(each.plan) for each in own.course.approvals),
        *_kept_forecasts(own),
        OWN_DEVICE,
    )
    arguments = {"seed": own.healer.seed}
    files = find_inputs(case, *names)
    day = own.last.date
    keep_forecast(case, verb="update", arguments=arguments, result=result, files=files, opened=opened, day=day)


def _scan_entry(
    case: Case, follow_up: Case, ledger: Ledger, course: Course, progress: Progress, *, today: datetime.date
) -> Entry:
    """Return the entry of a follow-up scan, compared with the baseline; nothing is written into the case."""
    follow_up.require()
    files = follow_up.hashes(*_FOLLOW_UP)
    _refuse_known(case, follow_up, course, files)
    check_baseline(case, course.scans)
    date = _day_of(follow_up, course)
    refuse_day_to_come(
        date,
        today,
        what=f"the scan in {follow_up.root} is dated on a day still to come",
        code="E-COURSE-014",
        do="scan it again with the right --date and --replace, and run `scarplan scars` again",
    )
    _check_day(case, follow_up, course, date)
    changes = compare_cases(case.root, follow_up.root, progress=progress)
    manifest = changes.pop("manifest")
    content = {
        "name": follow_up.root.resolve().name,
        "baseline": case.hashes(*_FOLLOW_UP),
        "follow_up": files,
        "days_since_session": (date - course.sessions[-1].date).days,
        "changes": changes,
        "versions": manifest["versions"],
        "quantities": manifest["quantities"],
        "sources": manifest["sources"],
    }
    head = ledger.head
    return make_entry("scan", number=head.entries + 1, day=date, by=_BY, content=content, previous=head.hash)


def _refuse_known(case: Case, follow_up: Case, course: Course, files: Mapping[str, str]) -> None:
    """Raise Refused for a follow-up that the ledger holds already, whatever its folder is called."""
    for scan in course.scans:
        if files and scan.content["follow_up"].get("surface.npz") == files.get("surface.npz"):
            raise Refused(
                f"the scan in {follow_up.root} is in the ledger of {case.root} already (entry {scan.number})",
                code="R-COURSE-001",
                do=f"leave --scan away to make the forecast anew: `scarplan update {case.root}`",
                result={"entry": scan.number, "manifest": _bare_manifest(case)},
            )


def _day_of(follow_up: Case, course: Course) -> datetime.date:
    """Return the day of a follow-up scan: as told, or so many days after the last session."""
    scanned = follow_up.read_result("scan")
    if scanned.get("scanned_on"):
        return datetime.date.fromisoformat(scanned["scanned_on"])
    if scanned.get("days_since_session") is not None:
        return course.sessions[-1].date + datetime.timedelta(days=int(scanned["days_since_session"]))
    raise BadInput(
        f"the day of the scan in {follow_up.root} is not known",
        code="E-COURSE-007",
        do="scan it again with --date YYYY-MM-DD --replace, and run `scarplan scars` again",
    )


def _read_today(date: str | datetime.date | None) -> datetime.date:
    if date is None:
        return read_today()
    return read_day(
        date, what="this is not a day that can be", code="E-COURSE-015", do="--date 2026-09-01, or leave it out"
    )


def _check_day(case: Case, follow_up: Case, course: Course, date: datetime.date) -> None:
    first = course.sessions[0].date
    baseline = case.read_result("scan").get("scanned_on")
    if date <= first or (baseline is not None and date <= datetime.date.fromisoformat(baseline)):
        raise BadInput(
            f"the scan in {follow_up.root} does not lie after the first session and the baseline",
            code="E-COURSE-008",
            got=date.isoformat(),
            allowed=f"a day after {first.isoformat()}" + (f" and after {baseline}" if baseline else ""),
            do="correct its date, or name the right follow-up",
        )
    if baseline is not None and datetime.date.fromisoformat(baseline) > first:
        raise BadInput(
            f"the baseline of {case.root} was scanned after the first session: what it did cannot be told",
            code="E-COURSE-009",
            got=baseline,
            allowed=f"{first.isoformat()} or before",
            do="take a scan from before the first session as the baseline",
        )
    since = min((date - each.date).days for each in course.sessions if each.date <= date)
    if since < value_of("scars.healing_days"):
        raise Refused(
            f"the scan was made {since} days after a session: swelling makes scars look shallower",
            code="R-COURSE-002",
            do=f"scan again {value_of('scars.healing_days')} days or more after a session",
            result={"days_since_session": since, "manifest": _bare_manifest(case)},
        )


def _bare_manifest(case: Case) -> dict[str, Any]:
    return make_plain(make_manifest("update", inputs=case.hashes(*INPUTS)))


def _check_has_baseline(case: Case, course: Course) -> None:
    if read_plan(case, str(course.plan_in_force)).basis == "examination":
        raise BadInput(
            f"the plan of {case.root} was made from an examination: there is no scan to compare a follow-up scan with",
            code="E-COURSE-012",
            do=f"examine again: `scarplan assess {case.root} --follow-up --assessment FILE`, then `scarplan update "
            f"{case.root}`",
        )


def _no_follow_up(case: Case, course: Course) -> MissingStep:
    why = "".join(f"; {name}: {words}" for name, words in left_out_examinations(case, course))
    return MissingStep(
        f"the ledger of {case.root} holds no follow-up scan, and there is no follow-up examination{why}",
        code="E-COURSE-010",
        do=f"scan the follow-up into a case of its own and run `scarplan update {case.root} --scan FOLLOWUP_CASE`, or "
        f"examine again: `scarplan assess {case.root} --follow-up --assessment FILE`",
    )
