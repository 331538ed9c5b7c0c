"""Later examinations of a case as entries of its ledger: each one compared with the first, those that are new alone.

An entry of its own kind: what readers of a scan's entry look for (changes in mm, a surface) an examination has not.
An examination that was replaced since, or whose first one was, is corrected by a later entry.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from scarplan.canonical import make_plain
from scarplan.course import Course, Ledger, Signer
from scarplan.course.entry import ROLE_NOT_STATED, Entry, make_entry
from scarplan.evidence.library import recording, value_of
from scarplan.examination import compare_examinations, is_same_skin
from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.records.assessment import Assessment, read_assessment
from scarplan.workflow.own_course import FIRST_EXAMINATION, LATER

_BY = Signer(name="scarplan", role="software")
_REPLACED = "the examination, or the first one that it is compared with, was replaced in the case"


def examination_entries(case: Case, ledger: Ledger, course: Course) -> tuple[Entry, ...]:
    """Return the entries that the ledger lacks, in their order; nothing is written.

    Examinations from before the first session, and of skin that is still swollen, are left out.
    """
    if not case.has(FIRST_EXAMINATION):
        return ()
    known = {one.content["name"]: one for one in course.examinations}
    added: list[Entry] = []
    for name, later in _read_later(case):
        if _why_left_out(later.date, course) is not None:
            continue
        hashes = {"baseline": case.hashes(FIRST_EXAMINATION), "follow_up": case.hashes(name)}
        old = known.get(name)
        if old is not None and all(old.content[key] == value for key, value in hashes.items()):
            continue
        content = {**hashes, **_compare(case, name, later, course)}
        by = Signer(name=later.examiner, role=later.role or ROLE_NOT_STATED)
        last = added[-1] if added else None
        number = ledger.head.entries + 1 + len(added)
        previous = ledger.head.hash if last is None else last.hash
        if old is None:
            made = make_entry("examination", number=number, day=later.date, by=by, content=content, previous=previous)
        else:
            corrected = {"corrects": old.number, "reason": _REPLACED, "day": later.date, "content": content}
            made = make_entry("correction", number=number, day=later.date, by=_BY, content=corrected, previous=previous)
        added.append(made)
    return tuple(added)


def left_out_examinations(case: Case, course: Course) -> tuple[tuple[str, str], ...]:
    """Return the later examinations that are not learned from: their names, and why."""
    found = ((name, _why_left_out(later.date, course)) for name, later in _read_later(case))
    return tuple((name, why) for name, why in found if why is not None)


def _read_later(case: Case) -> Iterator[tuple[str, Assessment]]:
    for path in sorted(case.path(LATER).glob("*.toml")):
        name = f"{LATER}/{path.name}"
        yield name, read_assessment(case.path(name))


def _why_left_out(day: datetime.date, course: Course) -> str | None:
    before = [each.date for each in course.sessions if each.date <= day]
    if not before or day == course.sessions[0].date:
        return "from before the first session, or its day"
    since, healing = (day - before[-1]).days, int(value_of("scars.healing_days"))
    if since < healing:
        return f"{since} days after a session: swelling makes scars look shallower; {healing} days or more are asked"
    return None


def _compare(case: Case, name: str, later: Assessment, course: Course) -> dict[str, Any]:
    first = read_assessment(case.path(FIRST_EXAMINATION))
    with recording() as used:
        changes = make_plain(compare_examinations([first, later]))
    hashes = case.hashes(FIRST_EXAMINATION, name)
    manifest = make_manifest("follow_up", inputs=hashes, quantities=used.quantities, sources=used.sources)
    plain: dict[str, Any] = make_plain(manifest)
    return {
        "name": name,
        "days_since_session": min((later.date - each.date).days for each in course.sessions if each.date <= later.date),
        "same_skin": is_same_skin(first, later),
        "changes": changes,
        **{key: plain[key] for key in ("versions", "quantities", "sources")},
    }
