"""Commission: find out what one scanner can be trusted with, and sign it off.

One of four things at a time: write the printable phantom; compare scans of the print with its truth; compare repeated
scans of skin; try the measuring software on digital phantoms.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scarplan.errors import BadInput
from scarplan.workflow.progress import Progress, report_nothing

_ALLOWED = {
    "phantom": {"pdf"},
    "scan": {"unit", "pixel_mm", "scanner", "capture", "name", "role", "date", "pdf", "replace"},
    "repeats": {"unit", "pixel_mm", "scanner", "capture", "name", "role", "date", "pdf", "replace"},
    "digital": {"name", "role", "date", "pdf", "replace"},
}
_NEEDED = {"scan": ("scanner", "name", "role"), "repeats": ("scanner", "name", "role"), "digital": ("name", "role")}


def commission_scanner(
    folder: str | Path,
    *,
    phantom: bool = False,
    scan: Sequence[str | Path] = (),
    repeats: Sequence[str | Path] = (),
    digital: bool = False,
    unit: str | None = None,
    pixel_mm: float | None = None,
    scanner: str | None = None,
    capture: str | None = None,
    name: str | None = None,
    role: str | None = None,
    date: str | datetime.date | None = None,
    pdf: bool = True,
    replace: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Do one of four things in `folder` and return what came of it.

    `phantom`: write the printable phantom (`phantom.stl`, `.toml`, `.npy`, `.html`). `scan`: one or more scan files of
    the print that `phantom.toml` of the folder describes. `repeats`: two or more scan files of the same skin.
    `digital`: try the software itself. The last three write `commissioning.json` and one page to sign
    (`commissioning.html`, with `pdf` also as PDF); `scan` and `repeats` write `profile.toml` for `scan --scanner`.

    `scanner` names the device with its settings, `name` and `role` the person who stands for it, on `date` (default:
    today). An earlier result of the folder is kept unless `replace`. Raises BadInput for options or files that cannot
    be used, Refused for scans that show something else or cannot be laid on the truth well enough.
    """
    given: dict[str, Any] = {
        "unit": unit, "pixel_mm": pixel_mm, "scanner": scanner, "capture": capture, "name": name, "role": role,
        "date": date, "replace": replace,
    }  # fmt: skip
    doing = _one_thing(phantom=phantom, scan=bool(scan), repeats=bool(repeats), digital=digital)
    _check_options(doing, {key for key, value in given.items() if value})
    tell = progress or report_nothing
    # The rest is imported when it is needed: a scan takes other code than a phantom.
    if doing == "phantom":
        from scarplan.workflow.commission_phantom import write_phantom

        return write_phantom(folder, pdf=pdf, progress=tell)
    from scarplan.workflow.commission_scans import (
        ScansToJudge,
        commission_digital,
        commission_repeats,
        commission_scans,
    )
    from scarplan.workflow.commission_sign import Signature

    signed = Signature.of(name=name, role=role, date=date, scanner=scanner, capture=capture)
    if doing == "digital":
        return commission_digital(folder, signed, pdf=pdf, replace=replace, progress=tell)
    run, files = (commission_scans, scan) if doing == "scan" else (commission_repeats, repeats)
    paths = [Path(one) for one in files]
    return run(ScansToJudge(folder, paths, signed, unit, pixel_mm, pdf, replace, tell))


def _one_thing(**asked: bool) -> str:
    chosen = [what for what, wanted in asked.items() if wanted]
    if len(chosen) != 1:
        raise BadInput(
            "choose one thing to do",
            code="E-COMM-010",
            got=" and ".join(f"--{what}" for what in chosen) or "none of them",
            allowed="--phantom, or --scan FILE, or --repeats FILE --repeats FILE, or --digital",
            do="start with `scarplan commission FOLDER --phantom`",
        )
    return chosen[0]


def _check_options(doing: str, given: set[str]) -> None:
    wrong, needed = sorted(given - _ALLOWED[doing]), [key for key in _NEEDED.get(doing, ()) if key not in given]
    if wrong or needed:
        say = ", ".join("--" + key.replace("_", "-") for key in wrong or needed)
        raise BadInput(
            f"{say} {'does not go with' if wrong else 'is missing with'} --{doing}",
            code="E-COMM-011",
            allowed=", ".join("--" + key.replace("_", "-") for key in sorted(_ALLOWED[doing])),
            do='for example --scanner "Scanner X at 20 cm" --name "A. Person" --role physicist',
        )
