"""Session: record what was done, beside what was planned; correct it by a later entry; find who received a lot."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from scarplan.canonical import dump_json, hash_file, make_plain
from scarplan.course import LEDGER, Course, Entry, Ledger, Signer, make_course, open_ledger, read_ledger
from scarplan.course.admit import Admission, admit, describe_blocks
from scarplan.course.corrections import apply_corrections
from scarplan.course.describe import describe_course
from scarplan.course.entry import ROLE_NOT_STATED
from scarplan.course.ledger import OpenLedger
from scarplan.course.numbing import count_lidocaine
from scarplan.course.rescreen import Rescreening, rescreen
from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import recording
from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.records.adverse_event import AdverseEventRecord, ObservedEvent
from scarplan.records.case import result_name
from scarplan.records.patient import Patient
from scarplan.records.patient_file import read_own_patient
from scarplan.records.plan import Plan
from scarplan.records.plan_file import plan_name, read_plan
from scarplan.records.session import SessionRecord
from scarplan.workflow.day import read_day, read_today, refuse_day_to_come
from scarplan.workflow.session_file import AnyRecord, hash_kept_files, read_course_file, signer_of
from scarplan.workflow.session_lots import find_lot as find_lot

Content: TypeAlias = dict[str, Any]
#: The kinds of entry that a person writes in a file, and may correct.
_WRITTEN = ("session", "adverse_event", "decision")


def add_session(case_path: str | Path, file: str | Path, *, date: str | datetime.date | None = None) -> dict[str, Any]:
    """Add a session, an adverse event or a decision (`kind` of the file says which) to the ledger of a case.

    `date` is the day after which it cannot lie, today if not given. Raises BadInput for a file that cannot be used and
    for a session that stands there already, Refused for a session that comes too early or that a screening rule speaks
    against, unless an override with name and reason stands in the file. Nothing is written then.
    """
    case, today = Case(case_path), _read_today(date)
    case.require()
    record = hash_kept_files(read_course_file(Path(file)), case, Path(file))
    _check_day(record, today)
    with open_ledger(case) as opened:
        course = make_course(opened.ledger)
        _check_patient(case, record)
        _check_new(record, opened.ledger)
        content = _make_content(case, course, record, path=Path(file))
        entry = opened.append(record.kind, day=record.date, by=signer_of(record), content=content)
        return _write(case, opened.ledger, action="add", entry=entry)


def correct_entry(
    case_path: str | Path,
    number: int,
    *,
    file: str | Path | None = None,
    reason: str,
    name: str | None = None,
    role: str | None = None,
    withdraw: bool = False,
    date: str | datetime.date | None = None,
) -> dict[str, Any]:
    """Correct entry `number` by a new entry with what `file` says, or withdraw it; the old one stays in the ledger.

    `reason` is why; `name` and `role` are who corrects, the operator of the file if not given. Raises BadInput for an
    entry that is none, that holds the same already, or that no file can hold (approvals, scans, forecasts).
    """
    case, today = Case(case_path), _read_today(date)
    case.require()
    if not reason.strip():
        raise BadInput("a correction needs a reason", code="E-SESSION-008", got=reason, do='--reason "..."')
    if withdraw == (file is not None):
        raise BadInput(
            "a correction either gives the file as it should be, or withdraws the entry",
            code="E-SESSION-009",
            do='`correct NUMBER FILE --reason "..."`, or `correct NUMBER --withdraw --reason "..." --name "..."`',
        )
    record = hash_kept_files(read_course_file(Path(file)), case, Path(file)) if file is not None else None
    with open_ledger(case) as opened:
        old = _find_entry(opened.ledger, number)
        content: Content = {"corrects": number, "reason": reason.strip()}
        if record is None:
            content["withdrawn"] = True
        else:
            content |= _replacement(case, opened, old, record, path=Path(str(file)), today=today)
        by = _who(name, role, record)
        entry = opened.append("correction", day=today, by=by, content=content)
        return _write(case, opened.ledger, action="correct", entry=entry)


def list_sessions(case_path: str | Path) -> dict[str, Any]:
    """Return the course of a case as its ledger tells it, and renew `results/session.json` where it is older."""
    return _read(Case(case_path), action="list")


def verify_sessions(case_path: str | Path) -> dict[str, Any]:
    """Return the course with planned beside delivered. Raises BadInput for a ledger whose chain does not hold."""
    return _read(Case(case_path), action="verify")


def renewed_sessions(case: Case, ledger: Ledger) -> dict[str, bytes]:
    """Return `results/session.json` as it is after a verb has added to the ledger; empty where a case has none."""
    if not case.has_result("session"):
        return {}
    kept = _describe(case, ledger)
    return {result_name("session"): (dump_json(kept, indent=1) + "\n").encode()}


def _read(case: Case, *, action: str) -> dict[str, Any]:
    case.require()
    return _write(case, read_ledger(case), action=action, entry=None)


def _write(case: Case, ledger: Ledger, *, action: str, entry: Entry | None) -> dict[str, Any]:
    """Write the result, unless nothing was ever recorded; return it with what was done now."""
    kept = _describe(case, ledger)
    if ledger.entries and _is_other(case, kept):
        case.write_result("session", kept)
    return {**kept, "action": action, "entry": make_plain(entry) if entry else None}


def _describe(case: Case, ledger: Ledger) -> dict[str, Any]:
    course = make_course(ledger)
    plans = _read_plans(case, course)
    with recording() as used:
        described = make_plain(describe_course(course, ledger.entries, plans))
    judged = [session.screening for session in course.sessions]  # the evidence that its flags were judged by
    patient = read_own_patient(case)
    manifest = make_manifest(
        "session",
        inputs=case.hashes(LEDGER, *map(plan_name, sorted(plans))),
        quantities={*used.quantities, *(name for one in judged for name in one.get("quantities", ()))},
        sources={*used.sources, *(name for one in judged for name in one.get("sources", ()))},
    )
    return {
        "action": "list",
        "entry": None,
        "patient_id": patient.patient_id if patient else None,
        **described,
        "manifest": make_plain(manifest),
    }


def _is_other(case: Case, kept: Mapping[str, Any]) -> bool:
    """Whether the result in the case is not this one: where it is, a folder that cannot be written is no hindrance."""
    try:
        return case.read_result("session", allow_stale=True) != kept
    except BadInput:
        return True


def _read_plans(case: Case, course: Course) -> dict[str, Plan]:
    names = {session.plan for session in course.sessions if session.plan is not None}
    return {name: read_plan(case, name) for name in sorted(names)}


def _make_content(case: Case, course: Course, record: AnyRecord, *, path: Path, replaces: int | None = None) -> Content:
    """Return what an entry keeps of a record. Raises Refused where something speaks against a session."""
    content: Content = {"record": _plain_record(record), "file_sha256": hash_file(path)}
    if not isinstance(record, SessionRecord):
        return content
    plan = plan_on(case, course, record.date)
    patient = read_own_patient(case)
    weight = record.today.weight_kg or (patient.weight_kg if patient else None)
    with recording() as used:
        screening = rescreen(record, patient, device_class=_device_class(case))
        lidocaine = count_lidocaine(record.numbing, weight_kg=weight)
        admission = admit(record, course=course, plan=plan, screening=screening, lidocaine=lidocaine, replaces=replaces)
    if admission.refused_by:
        raise _refusal(admission, screening, path)
    judged = {
        **screening.describe(),
        "weight_kg": weight,
        "flags": admission.describe(),
        "quantities": sorted(used.quantities),
        "sources": sorted(used.sources),
    }
    return content | {"plan": plan.content_hash if plan else None, "screening": make_plain(judged)}


def plan_on(case: Case, course: Course, day: datetime.date) -> Plan | None:
    """Return the plan that was approved last on `day` or before; None where none was."""
    approved = [one.plan for one in course.approvals if one.date <= day]
    return read_plan(case, approved[-1]) if approved else None


def _plain_record(record: AnyRecord) -> Content:
    """Return a record without what is unknown: an entry holds what was told."""
    return record.model_dump(mode="json", exclude_unset=True) | {"kind": record.kind}


def _replacement(
    case: Case, opened: OpenLedger, old: Entry, record: AnyRecord, *, path: Path, today: datetime.date
) -> Content:
    """Return what a correction keeps. Raises BadInput for another kind of file, or one that changes nothing."""
    if record.kind != old.kind:
        raise BadInput(
            f"entry {old.number} is a {old.kind}, and {path} holds a {record.kind}",
            code="E-SESSION-010",
            do=f'give a file with kind = "{old.kind}"',
        )
    _check_day(record, today)
    _check_patient(case, record)
    course = make_course(opened.ledger)
    _check_new(record, opened.ledger, replaces=old.number, held_anew=_is_held_anew(case, course, old.number))
    content = _make_content(case, course, record, path=path, replaces=old.number)
    return {"day": record.date, "content": content}


def _is_held_anew(case: Case, course: Course, number: int) -> bool:
    """Whether a session was recorded before the approval of another plan of its day or earlier."""
    held = next((one for one in course.sessions if one.number == number), None)
    if held is None:
        return False
    plan = plan_on(case, course, held.date)
    return plan is not None and plan.content_hash != held.plan


def _find_entry(ledger: Ledger, number: int) -> Entry:
    """Return the entry that may be corrected. Raises BadInput for one that may not."""
    if not 1 <= number <= len(ledger.entries):
        raise BadInput(
            "there is no entry with this number",
            code="E-SESSION-011",
            got=number,
            allowed=f"1 to {len(ledger.entries)}" if ledger.entries else "nothing: the ledger is empty",
            do="`scarplan session CASE list` shows the numbers",
        )
    entry = ledger.entries[number - 1]
    if entry.kind == "correction":
        raise BadInput(
            f"entry {number} is itself a correction",
            code="E-SESSION-012",
            do=f"correct the entry that it corrects: `correct {entry.content['corrects']} FILE --reason ...`",
        )
    if entry.kind not in _WRITTEN or "record" not in entry.content:
        raise BadInput(
            f"entry {number} is of kind {entry.kind}, which a verb wrote",
            code="E-SESSION-013",
            allowed=f"{', '.join(_WRITTEN)}, as a person told them",
            do="run the verb again: what it writes later counts from then on; where a person decides otherwise than "
            "the program proposed, add that as a decision of its own (`scarplan template decision`)",
        )
    if number not in {one.entry.number for one in apply_corrections(ledger.entries)[0]}:
        raise BadInput(f"entry {number} was withdrawn", code="E-SESSION-014", do="add what is right as a new entry")
    return entry


def _who(name: str | None, role: str | None, record: AnyRecord | None) -> Signer:
    if name is not None:
        return Signer(name=name.strip(), role=(role or ROLE_NOT_STATED).strip())
    if record is None:
        raise BadInput("who withdraws the entry is not told", code="E-SESSION-015", do='--name "..." --role "..."')
    return signer_of(record)


def _check_new(record: AnyRecord, ledger: Ledger, *, replaces: int | None = None, held_anew: bool = False) -> None:
    """Raise BadInput when the ledger holds this record already, or another session of the same day.

    With `held_anew` the same record may stand in the place of entry `replaces`: it is held against another plan.
    """
    plain = _plain_record(record)
    for one in apply_corrections(ledger.entries)[0]:
        if one.entry.kind != record.kind:
            continue
        is_old = held_anew and one.entry.number == replaces
        if not is_old and one.content.get("record") == plain:  # a decision that `update` wrote has no record
            raise BadInput(
                f"this {record.kind.replace('_', ' ')} of {record.date.isoformat()} is recorded already: "
                f"entry {one.entry.number}",
                code="E-SESSION-005",
                do="nothing is to be done",
            )
        is_same_day = isinstance(record, SessionRecord) and one.day == record.date
        if is_same_day and one.entry.number != replaces:
            raise BadInput(
                f"entry {one.entry.number} is a session of the same day, {record.date.isoformat()}",
                code="E-SESSION-006",
                do=f"put all that was done on one day into one record: "
                f'`correct {one.entry.number} FILE --reason "..."`',
            )


def _check_day(record: AnyRecord, today: datetime.date) -> None:
    read_day(record.date, what="this is not a day that can be", code="E-SESSION-002", do="correct `date` in the file")
    if record.date > today:
        raise BadInput(
            "this day is still to come",
            code="E-SESSION-003",
            got=record.date.isoformat(),
            allowed=f"up to {today.isoformat()}",
            do="correct `date` in the file: only what took place is recorded",
        )
    for event in _events_of(record):
        # A session may be corrected later by what came of it; an event by itself is told once it is there.
        _check_event(event, today, told=record.date if isinstance(record, AdverseEventRecord) else None)


def _events_of(record: AnyRecord) -> tuple[ObservedEvent, ...]:
    if isinstance(record, SessionRecord):
        return record.adverse_event
    return (record,) if isinstance(record, AdverseEventRecord) else ()


def _check_event(event: ObservedEvent, today: datetime.date, *, told: datetime.date | None) -> None:
    """Raise BadInput for an event that begins or ends on a day to come, ends before it begins, or was `told` before it.

    One that was over when it was told, and nobody knows when it began, is no fault. Asked where a record comes in, not
    in the record: entries of before stay readable.
    """
    for name, day in (("onset", event.onset), ("outcome_date", event.outcome_date)):
        if day is not None:
            refuse_day_to_come(
                day,
                today,
                what=f"{name} of the event {event.type} is still to come",
                code="E-SESSION-022",
                do=f"correct `{name}` in the file: only what took place is recorded",
            )
    if event.onset is not None and event.outcome_date is not None and event.outcome_date < event.onset:
        raise BadInput(
            f"the event {event.type} is over before it begins",
            code="E-SESSION-023",
            got=f"onset {event.onset.isoformat()}, outcome_date {event.outcome_date.isoformat()}",
            allowed="an outcome on the day of the onset or later",
            do="correct `onset` or `outcome_date` in the file",
        )
    if event.onset is not None and told is not None and event.onset > told:
        raise BadInput(
            f"the event {event.type} begins after the day on which it was told",
            code="E-SESSION-024",
            got=f"onset {event.onset.isoformat()}, date {told.isoformat()}",
            allowed=f"an onset up to {told.isoformat()}",
            do="correct `onset` or `date` in the file",
        )


def _check_patient(case: Case, record: AnyRecord) -> None:
    patient: Patient | None = read_own_patient(case)
    if patient is not None and record.patient_id not in (None, patient.patient_id):
        raise BadInput(
            f"the record is of patient {record.patient_id!r}, and the case is that of {patient.patient_id!r}",
            code="E-SESSION-004",
            do="name the case of this patient, or correct patient_id",
        )


def _device_class(case: Case) -> str:
    if not case.has_result("screen"):
        return "mechanical"
    return str(case.read_result("screen", allow_stale=True).get("device_class") or "mechanical")


def _refusal(admission: Admission, screening: Rescreening, path: Path) -> Refused:
    rules = [block.rule for block in admission.refused_by]
    tables = " ".join(f'[[override]] rule = "{rule}"' for rule in rules)
    return Refused(
        f"this session is not recorded: {'; '.join(block.words for block in admission.refused_by)}",
        do=f"wait, or treat what stands against it; if it took place all the same, say in {path.name} who decided and "
        f"why, and add it again: {tables}, each with name, role, reason and date",
        code="E-SESSION-007",
        result={
            "blocks": make_plain(describe_blocks(admission.refused_by)),
            "not_asked": list(screening.not_asked),
        },
    )


def _read_today(date: str | datetime.date | None) -> datetime.date:
    if date is None:
        return read_today()
    return read_day(
        date, what="this is not a day that can be", code="E-SESSION-016", do="--date 2026-03-02, or leave it out"
    )
