"""Lots: which patients received what was made in one lot; asked when a lot is recalled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_file, make_plain
from scarplan.course import LEDGER, Session, read_course
from scarplan.errors import BadInput
from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.records.patient_file import read_own_patient


def find_lot(lot: str, *folders: str | Path) -> dict[str, Any]:
    """Return every session in which something of `lot` was used; each of `folders` is a case or holds cases.

    Compared without regard to case and spaces, in whatever carries a lot: cartridges, numbing, what was put on the
    skin, tubes, fillers. Cases that cannot be read are told, never left out silently; nothing is written.
    """
    wanted = _plain(lot)
    if not wanted:
        raise BadInput("a lot is needed", code="E-SESSION-019", got=lot, do="`scarplan session FOLDER lot LOT`")
    found: list[dict[str, Any]] = []
    unread: list[dict[str, str]] = []
    without: list[dict[str, Any]] = []
    inputs: dict[str, str] = {}
    roots = [root for folder in folders for root in _cases(Path(folder))]
    for root in roots:
        case = Case(root)
        try:
            patient = read_own_patient(case)
            course = read_course(case)
        except BadInput as error:
            unread.append({"case": str(root), "why": str(error)})
            continue
        inputs[f"{root}/{LEDGER}"] = hash_file(case.path(LEDGER))
        who = {"case": str(root), "patient_id": patient.patient_id if patient else None}
        for session in course.sessions:
            lots = list(_lots(session))
            hits = [what for what, text in lots if _plain(text) == wanted]
            at = {**who, "number": session.number, "date": session.date, "operator": session.record.operator.name}
            found += [{**at, "what": what} for what in dict.fromkeys(hits)]
            if not any(what == "cartridge" for what, _ in lots):
                without.append(at)
    return make_plain(
        {
            "action": "lot",
            "lot": lot,
            "found": found,
            "cases": len(roots),
            "unread": unread,
            "sessions_without_lot": without,
            "manifest": make_manifest("session", inputs=inputs),
        }
    )


def _cases(folder: Path) -> list[Path]:
    """Return the cases with a ledger: `folder` itself, else what lies one or two folders below it."""
    if not folder.is_dir():
        raise BadInput(f"{folder} is no folder", code="E-SESSION-020", do="name a case, or a folder of cases")
    if (folder / LEDGER).is_file():
        return [folder]
    return sorted({path.parent for pattern in ("*", "*/*") for path in folder.glob(f"{pattern}/{LEDGER}")})


def _lots(session: Session) -> Iterator[tuple[str, str]]:
    """Return what carries a lot in a session, with the lot."""
    record = session.record
    for cartridge in record.cartridge:
        if cartridge.known_lot:
            yield "cartridge", cartridge.known_lot
    if record.device and record.device.known_lot:
        yield "device", record.device.known_lot
    yield from (("numbing", one.lot) for one in record.numbing if one.lot)
    yield from (("on the skin", one.lot) for one in record.on_skin if one.lot)
    adjuncts = record.adjuncts
    yield from (("prp tube", lot) for lot in (adjuncts.prp.tube_lots if adjuncts.prp else ()))
    if adjuncts.tca_cross and adjuncts.tca_cross.lot:
        yield "acid", adjuncts.tca_cross.lot
    if adjuncts.filler and adjuncts.filler.lot:
        yield "filler", adjuncts.filler.lot


def _plain(lot: str) -> str:
    return "".join(lot.split()).casefold()
