"""The file of an entry: its `kind` says whether it is a session, an adverse event or a decision."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from scarplan.anatomy import all_zones
from scarplan.canonical import hash_file
from scarplan.course import Signer
from scarplan.course.entry import ROLE_NOT_STATED
from scarplan.errors import BadInput
from scarplan.records import Case
from scarplan.records.adverse_event import AdverseEventRecord
from scarplan.records.decision import DecisionRecord
from scarplan.records.record import make_record
from scarplan.records.session import SessionRecord
from scarplan.records.session_parts import KeptFile, Person
from scarplan.records.toml_file import read_toml

AnyRecord: TypeAlias = SessionRecord | AdverseEventRecord | DecisionRecord
#: `kind` of a file -> its record and the template that shows it.
_KINDS: dict[str, tuple[type[AnyRecord], str]] = {
    "session": (SessionRecord, "session"),
    "adverse_event": (AdverseEventRecord, "adverse-event"),
    "decision": (DecisionRecord, "decision"),
}


def read_course_file(path: Path) -> AnyRecord:
    """Return the record in a TOML file; without `kind` it is a session. Raises BadInput that tells every fault."""
    values = read_toml(path, what="record", template="session")
    kind = values.get("kind", "session")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise BadInput(
            f"the kind of record in {path} is not known",
            code="E-SESSION-017",
            got=str(kind),
            allowed=", ".join(_KINDS),
            do='kind = "session", or leave it away',
        )
    model, template = _KINDS[kind]
    return _name_zones(make_record(values, model, what=f"record {path}", template=template))


def signer_of(record: AnyRecord) -> Signer:
    """Return who signs the entry of a record: operator, reporter, or who decided."""
    if isinstance(record, SessionRecord):
        person: Person = record.operator
    else:
        person = record.reporter if isinstance(record, AdverseEventRecord) else record.by
    return Signer(name=person.name, role=person.role or ROLE_NOT_STATED)


def hash_kept_files(record: AnyRecord, case: Case, path: Path) -> AnyRecord:
    """Return the record with the hash of every photograph and scan that it names.

    Each is looked for in the case, then beside the file at `path`; one that is not there stays without a hash.
    Raises BadInput where a hash is told and the file has another.
    """
    if not isinstance(record, SessionRecord):
        return record
    changed = {
        name: tuple(_hash_one(one, (case.root, path.parent)) for one in kept)
        for name, kept in (("photograph_before", record.photograph_before), ("scan_before", record.scan_before))
        if kept
    }
    return record.model_copy(update=changed)


def _hash_one(kept: KeptFile, folders: tuple[Path, ...]) -> KeptFile:
    found = next((folder / kept.file for folder in folders if (folder / kept.file).is_file()), None)
    if found is None:
        return kept
    digest = hash_file(found)
    if kept.sha256 not in (None, digest):
        raise BadInput(
            f"{found} is another file than the record says",
            code="E-SESSION-021",
            got=digest,
            allowed=str(kept.sha256),
            do="name the right file, or leave sha256 away",
        )
    return kept.model_copy(update={"sha256": digest})


def _name_zones(record: AnyRecord) -> AnyRecord:
    """Return the record with every zone under the name that plans give it."""
    if not isinstance(record, SessionRecord):
        return record
    zones = tuple(one.model_copy(update={"zone": _zone_id(one.zone)}) for one in record.zone)
    left_out = tuple(one.model_copy(update={"zone": _zone_id(one.zone)}) for one in record.left_out)
    return record.model_copy(update={"zone": zones} | ({"left_out": left_out} if left_out else {}))


def _zone_id(name: str) -> str:
    """Return the id of a zone; "other: words" stays as it is: a place that is no zone, needled on purpose.

    Raises BadInput for any other name: it would stand as an extra zone beside a missing one.
    """
    key = name.strip().lower().replace(" ", "_").replace("-", "_")
    by_name = {known: zone.id for zone in all_zones() for known in (zone.id, *zone.aliases)}
    if key in by_name:
        return by_name[key]
    if re.fullmatch(r"other:\s*\S.*", name.strip(), flags=re.IGNORECASE):
        return name.strip()
    raise BadInput(
        f"no zone is called so{_suggest(key, by_name)}",
        code="E-SESSION-018",
        got=name,
        allowed=", ".join(zone.id for zone in all_zones()),
        do='correct it; a place that is no zone is written as zone = "other: behind the ear"',
    )


def _suggest(key: str, by_name: Mapping[str, str]) -> str:
    """Return what was probably meant, a side that stands in the name told apart; empty where nothing is near."""
    words = key.split("_")
    sides = [word for word in words if word in ("left", "right")]
    bare = "_".join(word for word in words if word not in sides)
    near = difflib.get_close_matches(bare, by_name, n=1, cutoff=0.6)
    if not near:
        return ""
    side = f' with side = "{sides[0]}"' if len(sides) == 1 else ""
    return f"; did you mean {by_name[near[0]]!r}{side}?"
