"""Who signs a commissioning, of which scanner and when; and writing its files all or nothing."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scarplan.canonical import dump_json
from scarplan.errors import BadInput
from scarplan.records.case import Case
from scarplan.records.scanner_profile import CAPTURES, Capture
from scarplan.report.pdf import print_pdf
from scarplan.workflow.day import read_day, read_today

RESULT, PAGE, PRINTED, PROFILE = "commissioning.json", "commissioning.html", "commissioning.pdf", "profile.toml"
_LONGEST_TEXT = 200


@dataclass(frozen=True)
class Signature:
    """The person who stands for a commissioning, the scanner and the day."""

    name: str
    role: str
    day: datetime.date
    scanner: str | None
    capture: Capture

    @classmethod
    def of(
        cls, *, name: str | None, role: str | None, date: str | datetime.date | None, scanner: str | None,
        capture: str | None,
    ) -> Signature:  # fmt: skip
        """Return the signature made of options. Raises BadInput for one that cannot be."""
        day = read_today() if date is None else read_day(
            date, what="the day of the commissioning cannot be", code="E-COMM-012", do="--date 2026-03-02"
        )  # fmt: skip
        known: dict[str, Capture] = {one: one for one in CAPTURES}
        made_by = known.get(capture or "unknown")
        if made_by is None:
            raise BadInput(
                "--capture is not a way in which scans are made",
                code="E-COMM-013",
                got=capture,
                allowed=", ".join(CAPTURES),
                do="leave it out when it is not known",
            )
        return cls(_line(name, "--name"), _line(role, "--role"), day, scanner and _line(scanner, "--scanner"), made_by)


def _line(text: str | None, option: str) -> str:
    if text is None or not text.strip() or len(text) > _LONGEST_TEXT or not text.isprintable():
        raise BadInput(
            f"{option} is not one line of text",
            code="E-COMM-014",
            got=text,
            allowed=f"one line of 1 to {_LONGEST_TEXT} printable characters",
            do=f'{option} "A. Person"',
        )
    return text.strip()


def check_free(case: Case, *, replace: bool) -> None:
    """Raise BadInput where the folder holds an earlier commissioning and `replace` was not given."""
    if case.has(RESULT) and not replace:
        raise BadInput(
            f"the folder {case.root} already holds a commissioning",
            code="E-COMM-015",
            got=RESULT,
            do="name another folder for another scanner or day, or add --replace (the signed page is written anew)",
        )


def write_signed(
    folder: str | Path, result: Mapping[str, Any], *, page: str, profile: bytes | None, pdf: bool
) -> dict[str, Any]:
    """Write the result, its page and profile, and the PDF; return the result with the names of its files.

    Without Pango everything but the PDF is written, and BadInput names the system package.
    """
    case = Case(folder)
    files = {PAGE: page.encode()} | ({} if profile is None else {PROFILE: profile})
    cannot_print: BadInput | None = None
    if pdf:
        try:
            files[PRINTED] = print_pdf(page)
        except BadInput as error:
            cannot_print = error
    whole = {**result, "files": [RESULT, *files]}
    case.write_files({**files, RESULT: (dump_json(whole, indent=1) + "\n").encode()})
    case.remove(*({PRINTED, PROFILE} - set(files)))  # those of an earlier run would tell of other scans
    if cannot_print is not None:
        raise cannot_print
    return whole
