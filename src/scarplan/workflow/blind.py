"""Blind: pictures and scans of a folder under random codes, with the key outside of what raters get."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.canonical import hash_bytes, hash_file, make_plain
from scarplan.errors import BadInput
from scarplan.evidence.library import recording, value_of
from scarplan.manifest import make_manifest
from scarplan.records.all_or_nothing import finish_interrupted
from scarplan.records.case import Case
from scarplan.study.blinding import KEY_COLUMNS, PAIR_COLUMNS, BlindedItem, BlindItem, blind_items, write_key
from scarplan.study.scoring_sheet import Scale, read_scales, write_sheet
from scarplan.study.tidy import read_table
from scarplan.surface.storage import load_scan
from scarplan.workflow.blind_pictures import FramedScans, encode_photograph, even_sizes
from scarplan.workflow.progress import Progress, report_nothing

#: Optional list of what is known of the pictures; its columns besides `file` go into the key.
LIST = "pictures.csv"
PICTURES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
#: The day that every file for raters carries: 1 January 1980.
_NO_DAY = 315_532_800
#: Shorter texts turn up in the bytes of pictures by chance.
_LEAST_TELLTALE = 6
_DEFAULT_SCALES = ("severity:0:4",)


def blind_pictures(
    folder: str | Path,
    *,
    seed: int | None,
    out: str | Path | None = None,
    key: str | Path | None = None,
    scales: Sequence[str] = (),
    repeat_share: float | None = None,
    pairs: bool = False,
    pdf: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Write the photographs and scans in `folder` under random codes into `out` (default: FOLDER-blinded).

    The key goes to `key` (default: FOLDER-key.csv), never inside `out`. `scales` are told as name:lowest:highest;
    `repeat_share` of the pictures are shown twice; `pairs` shows first and last visit of a subject beside each other
    (needs pictures.csv with subject and visit). Raises BadInput; nothing is written then.
    """
    progress = progress or report_nothing
    root = Path(folder)
    target, key_path = _places(root, out, key)
    if seed is None or seed < 0:
        raise BadInput(
            "blinding needs a seed", code="E-BLIND-003", got=seed, allowed="a whole number from 0", do="--seed 7"
        )
    told = read_scales(scales or _DEFAULT_SCALES)
    with recording() as used:
        share = float(value_of("study.repeat_share")) if repeat_share is None else repeat_share
        items = _pair_up(_list_items(root)) if pairs else _list_items(root)
        blinded = blind_items(items, seed=seed, repeat_share=share)
        files = _draw(root, blinded, progress)
    rows = [{"order": each.order, "code": each.code} for each in blinded]
    files |= {
        "scoring_sheet.csv": write_sheet([each.code for each in blinded], told),
        **_print_sheet(rows, told, is_paired=pairs, pdf=pdf),
    }
    _refuse_telltales(root, blinded, files)
    progress("writing", 0.95)
    _write(target, key_path, files, write_key(blinded))
    for path in (*(target / name for name in files), target):
        os.utime(path, (_NO_DAY, _NO_DAY))
    inputs = {name: hash_file(root / name) for item in items for name in _files_of(root, item)}
    result = {
        "folder": str(target),
        "key": str(key_path),
        "pictures": len(items),
        "shown": len(blinded),
        "shown_twice": sum(each.shown == 2 for each in blinded),
        "mirrored": sum(each.mirrored for each in blinded),
        "scales": told,
        "files": [{"file": name, "sha256": hash_bytes(data)} for name, data in sorted(files.items())],
        "notes": _notes(items),
        "manifest": make_manifest("blind", inputs=inputs, seed=seed, quantities=used.quantities, sources=used.sources),
    }
    progress("blinded", 1.0)
    return make_plain(result)


def _write(target: Path, key_path: Path, files: Mapping[str, bytes], key: bytes) -> None:
    """Write pictures and key: both or, where they lie side by side, neither, whatever stops the program."""
    if key_path.parent.resolve() == target.parent.resolve():
        together = {f"{target.name}/{name}": data for name, data in files.items()}
        Case(target.parent).write_files({key_path.name: key, **together})
        return
    # The key first: pictures whose key could not be written would be lost to the study.
    Case(key_path.parent).write_files({key_path.name: key})
    try:
        Case(target).write_files(files)
    except BaseException:
        key_path.unlink(missing_ok=True)
        raise


def _places(root: Path, out: str | Path | None, key: str | Path | None) -> tuple[Path, Path]:
    if not root.is_dir():
        raise BadInput(f"the folder {root} does not exist", code="E-BLIND-004", do="name a folder of pictures or cases")
    whole = root.resolve()
    target = Path(out) if out is not None else whole.with_name(f"{whole.name}-blinded")
    key_path = Path(key) if key is not None else whole.with_name(f"{whole.name}-key.csv")
    if key_path.resolve().is_relative_to(target.resolve()):
        raise BadInput(
            "the key would lie in the folder that the raters get", code="E-BLIND-005", got=str(key_path),
            do="name a place outside of it with --key",
        )  # fmt: skip
    if target.resolve().is_relative_to(whole):
        raise BadInput(
            "the blinded pictures would lie among the originals", code="E-BLIND-005", got=str(target),
            do="name another folder with --out",
        )  # fmt: skip
    for place in {target.parent, target, key_path.parent}:
        finish_interrupted(place)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BadInput(
            f"{target} is there already and not empty; codes of two blindings must not mix", code="E-BLIND-006",
            do="name another folder with --out, or remove it",
        )  # fmt: skip
    if key_path.exists():
        raise BadInput(
            f"{key_path} is there already, and no pictures are in {target}", code="E-BLIND-006",
            do="name another file with --key; a key without its pictures is left where a run was stopped between the "
            "two: remove it only if no rater has pictures of it, for nothing else tells them apart",
        )  # fmt: skip
    return target, key_path


def _list_items(root: Path) -> list[BlindItem]:
    """Return every photograph and every chart of every scan in the folder, with what the list tells of it."""
    about: dict[str, dict[str, str]] = {}
    rows: dict[str, int] = {}
    if (root / LIST).is_file():
        for number, row in enumerate(read_table(root / LIST, what="the list of pictures", needed=("file",)), start=2):
            if row["file"] in about:
                raise BadInput(f"{LIST} names {row['file']} twice", code="E-BLIND-007", do="list each picture once")
            about[row["file"]] = {name: text for name, text in row.items() if name != "file"}
            rows[row["file"]] = number
            if taken := sorted({*KEY_COLUMNS, *PAIR_COLUMNS} & set(row) - {"file"}):
                raise BadInput(
                    f"{LIST} has the column {taken[0]}, which the key needs for itself",
                    code="E-BLIND-007",
                    do="give the column another name",
                )
    cases = sorted(path.parent.relative_to(root) for path in root.rglob("surface.npz"))
    items = []
    for case in cases:
        charts = [chart.name for chart in load_scan(root / case / "surface.npz").charts]
        items += [
            BlindItem((name := case.as_posix(),), chart, about.get(name, {}), rows.get(name, 0)) for chart in charts
        ]
    for path in sorted(_photographs(root, cases)):
        name = path.relative_to(root).as_posix()
        items.append(BlindItem((name,), "", about.get(name, {}), rows.get(name, 0)))
    unknown = sorted(set(about) - {item.files[0] for item in items})
    if not items or unknown:
        what = f"{LIST} names {unknown[0]}, which is not there" if unknown else f"{root} holds no picture and no scan"
        raise BadInput(what, code="E-BLIND-007", do="give JPEG, PNG or TIFF pictures, or cases with a scan")
    return items


def _photographs(root: Path, cases: Sequence[Path]) -> Iterator[Path]:
    """Yield pictures outside of cases, and those that a case keeps as photographs; not the figures of a case."""
    for path in root.rglob("*"):
        if path.suffix.lower() not in PICTURES or not path.is_file():
            continue
        inside = path.relative_to(root)
        of_case = [case for case in cases if inside.is_relative_to(case)]
        if not of_case or any(inside.parent == case / "photos" for case in of_case):
            yield path


def _pair_up(items: Sequence[BlindItem]) -> list[BlindItem]:
    """Return first and last visit of each subject (and view, side, chart) as one item, by day or by the list."""
    groups: dict[tuple[str, ...], list[BlindItem]] = {}
    for item in items:
        if not item.about.get("subject") or not item.about.get("visit"):
            raise BadInput(
                f"{item.files[0]} has no subject or no visit in {LIST}, so it cannot be paired",
                code="E-BLIND-008",
                do=f"list file, subject, visit (and view or side) in {LIST}",
            )
        other = (item.about.get(name, "") for name in ("subject", "view", "side"))
        groups.setdefault((*other, item.chart), []).append(item)
    paired = []
    for (subject, *_, chart), members in sorted(groups.items()):
        members.sort(key=_when)
        if len(members) < 2 or members[0].about["visit"] == members[-1].about["visit"]:
            raise BadInput(
                f"subject {subject} has no two visits to be shown beside each other",
                code="E-BLIND-008",
                do=f"correct {LIST}, or take its pictures out",
            )
        first, last = members[0], members[-1]
        about = {
            **first.about,
            "visit": first.about["visit"],
            "visit_last": last.about["visit"],
            "first_file": first.files[0],
        }
        paired.append(BlindItem((first.files[0], last.files[0]), chart, about))
    return paired


def _when(item: BlindItem) -> tuple[int, int]:
    """Return the day, where the list tells it, and the row: names of visits have no order of their own."""
    day = item.about.get("day", "")
    if day and not re.fullmatch(r"-?\d{1,6}", day):
        raise BadInput(
            f"{item.files[0]} has the day {day!r} in {LIST}",
            code="E-BLIND-008",
            allowed="days after the first session, a whole number",
            do="correct it, or leave the column out and list the visits in their order",
        )
    return int(day or 0), item.row


def _draw(root: Path, blinded: Sequence[BlindedItem], progress: Progress) -> dict[str, bytes]:
    scans = FramedScans(root, sorted({name for each in blinded if each.item.chart for name in each.files}))
    files = {}
    for done, each in enumerate(blinded):
        progress(f"drawing picture {each.order}", 0.9 * done / len(blinded))
        if each.item.chart:
            files[f"{each.code}.png"] = scans.draw(each.files, each.item.chart, mirrored=each.mirrored)
        else:
            files[f"{each.code}.jpg"] = encode_photograph([root / name for name in each.files], mirrored=each.mirrored)
    return even_sizes(files)


def _print_sheet(
    rows: Sequence[dict[str, Any]], scales: Sequence[Scale], *, is_paired: bool, pdf: bool
) -> dict[str, bytes]:
    from scarplan.report.pdf import print_pdf
    from scarplan.report.sheets.scoring_sheet import render_scoring_sheet

    page = render_scoring_sheet(rows, scales, is_paired=is_paired)
    return {"scoring_sheet.html": page.encode()} | ({"scoring_sheet.pdf": print_pdf(page)} if pdf else {})


def _refuse_telltales(root: Path, blinded: Sequence[BlindedItem], files: Mapping[str, bytes]) -> None:
    """Raise where a name, date or other text that the originals go by stands in what raters get."""
    told = {text for each in blinded for text in each.item.about.values()} | {root.resolve().name}
    for each in blinded:
        for name in each.files:
            told |= {*Path(name).parts, Path(name).stem, *re.findall(r"\d{4}-?\d\d-?\d\d", name)}
    from scarplan.report.sheets.scoring_sheet import render_scoring_sheet

    plain = render_scoring_sheet([], []).lower()  # words of the sheet itself tell nothing
    secrets = sorted(text for text in told if len(text) >= _LEAST_TELLTALE and text.lower() not in plain)
    for name, data in files.items():
        lowered = data.lower()
        for text in secrets:
            if text.lower().encode() in lowered:
                raise BadInput(
                    "a text that the originals go by stands in the blinded files",
                    code="E-BLIND-009",
                    got=f"{text} in {name}",
                    do="take it out of the names of the scales, or choose another seed",
                )


def _files_of(root: Path, item: BlindItem) -> list[str]:
    return [f"{name}/surface.npz" if item.chart else name for name in item.files if np.size(item.files)]


def _notes(items: Sequence[BlindItem]) -> list[str]:
    notes = []
    if any(not item.chart for item in items):
        notes.append(
            "what a photograph itself shows stays: a face, jewellery, a date burnt into it, and from where the light "
            "came, which gives a mirror image away"
        )
    if any(item.chart for item in items):
        notes.append("relief is shown without form and colour, in one frame, scale and light")
    return notes
