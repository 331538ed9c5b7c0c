"""Repeatability: repeated measurements of the same people, scars found again, and agreement with human marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scarplan.canonical import make_plain
from scarplan.evidence.library import recording
from scarplan.manifest import make_manifest
from scarplan.records.case import Case, result_name
from scarplan.report.wording import name_measure, name_zone
from scarplan.study.dictionary import write_dictionary
from scarplan.study.found_again import share_found
from scarplan.study.human_marks import IMAGES, Grid, HumanMarks, read_human_marks
from scarplan.study.marks_agreement import MarkedChart, compare_marks, gather
from scarplan.study.matching import regions_of
from scarplan.study.repeatability import Measurement, Repeatability, describe_repeatability, judge_repeats
from scarplan.study.repeats import FILE, Repeat, read_repeats
from scarplan.study.tidy import write_csv, write_parquet
from scarplan.workflow.progress import Progress, report_nothing, take_share
from scarplan.workflow.repeated_cases import MeasuredCase, follow_scars, measure_case

SUBJECT_MEASURES = ("count", "total_volume_mm3", "mean_depth_mm", "mean_width_mm")
SCAR_MEASURES = ("depth_mm", "width_mm", "volume_mm3")
_KEYS = ("subject", "side", "operator", "device", "repeat", "case", "scar", "zone", "kind")
WRITTEN = ("repeatability.csv", "repeatability.parquet", "repeatability_dictionary.csv", "repeatability.html")


def judge_repeatability(folder: str | Path, *, pdf: bool = False, progress: Progress | None = None) -> dict[str, Any]:
    """Judge the repeated cases in `folder` (listed in `repeats.csv`, or folders named subject/repeat).

    Every case must be through `scars`. Marks of people lie in `<case>/marks/` (CSV or label images). Writes
    `repeatability.csv`, `.parquet`, `repeatability_dictionary.csv`, `repeatability.html` (and `.pdf`) and
    `results/repeatability.json`. Raises BadInput or MissingStep naming the case.
    """
    progress = progress or report_nothing
    root = Case(folder)
    repeats = read_repeats(root.root)
    with recording() as used:
        cases: list[MeasuredCase] = []
        for done, repeat in enumerate(repeats):
            progress(f"reading {repeat.case}", 0.1 * done / len(repeats))
            cases.append(measure_case(root.root, repeat))
        followed = follow_scars(cases, progress=take_share(progress, 0.1, 0.8))
        progress("comparing", 0.8)
        found = _judge(cases, followed.rows)
        charts = [chart for case in cases for chart in _read_marks(root.root, case)]
        result: dict[str, Any] = {
            "subjects": len({repeat.subject for repeat in repeats}),
            "cases": len(repeats),
            "operators": sorted({repeat.operator for repeat in repeats} - {""}),
            "devices": sorted({repeat.device for repeat in repeats} - {""}),
            "measures": [describe_repeatability(each) for each in found],
            "found_again": share_found(followed.found),
            "residuals_mm": followed.residuals_mm,
            "human_marks": compare_marks(charts) if charts else [],
            "notes": [*_notes(root, followed.not_same_skin, charts), *_few(found)],
        }
    inputs = _inputs(root, repeats)
    manifest = make_manifest("repeatability", inputs=inputs, quantities=used.quantities, sources=used.sources)
    result = make_plain(result | {"manifest": manifest})
    progress("writing the page", 0.9)
    _write(root, cases, followed.rows, result, found, pdf=pdf)
    progress("repeatability judged", 1.0)
    return result


def _judge(cases: Sequence[MeasuredCase], rows: Sequence[dict[str, Any]]) -> list[Repeatability]:
    """Return the repeatability of each measure: of whole subjects, by zone, and of scars."""
    found = []
    for level, measures, table in (
        ("subject", SUBJECT_MEASURES, _subject_rows(cases)),
        ("scar", SCAR_MEASURES, rows),
    ):
        zones = sorted({row["zone"] for row in table if row["zone"]})
        for measure in measures:
            for zone in (None, *(zones if len(zones) > 1 else ())):
                judged = judge_repeats(
                    _measurements(table, measure, level, zone), measure=measure, level=level, zone=zone
                )
                if judged is not None:
                    found.append(judged)
    return found


def _measurements(table: Sequence[Mapping[str, Any]], measure: str, level: str, zone: str | None) -> list[Measurement]:
    whole = [row for row in table if row["zone"] == zone or (level == "scar" and zone is None)]
    return [
        Measurement(
            thing="/".join((row["subject"], row["side"], row["scar"])),
            subject=row["subject"],
            operator=row["operator"],
            device=row["device"],
            repeat=row["repeat"],
            value=row[measure],
        )
        for row in whole
        if row.get(measure) is not None
    ]


def _subject_rows(cases: Sequence[MeasuredCase]) -> list[dict[str, Any]]:
    """Return one row for each case as a whole (zone None), and one for each of its zones where there are several."""
    rows = []
    for case in cases:
        named = sorted({scar["zone"] for scar in case.scars if scar["zone"]})
        for zone in (None, *named):
            rows.append({**case.place, "scar": "", "zone": zone, **case.totals(zone)})
    everywhere = {row["zone"] for row in rows if row["zone"]}
    # A zone without a scar in one repeat has none there: its count is 0, not unknown.
    held = {(row["case"], row["zone"]) for row in rows}
    for case in cases:
        seen = {chart.zone for chart in case.measured.scan.charts}
        for zone in sorted(everywhere & seen):
            if (case.place["case"], zone) not in held:
                rows.append({**case.place, "scar": "", "zone": zone, **case.totals(zone)})
    return rows


def _read_marks(folder: Path, case: MeasuredCase) -> list[MarkedChart]:
    place = folder / case.place["case"] / "marks"
    files = (
        sorted(path for path in place.glob("*") if path.suffix.lower() in (".csv", *IMAGES)) if place.is_dir() else []
    )
    grids = {chart.name: Grid(chart.shape, chart.pixel_mm) for chart in case.measured.scan.charts}
    marks: list[HumanMarks] = [found for path in files for found in read_human_marks(path, grids)]
    kinds: dict[int, str | None] = {scar_id: str(row["kind"]) for scar_id, row in case.measured.scars.items()}
    ours = {
        name: [region for region in regions_of(labels, kinds) if region.id in kinds]
        for name, labels in case.measured.labels.items()
    }
    return gather(case.place["subject"], case.place["case"], grids, ours, marks)


def _notes(root: Case, not_same_skin: Sequence[str], charts: Sequence[MarkedChart]) -> list[str]:
    notes = [
        f"{name}: its relief does not fit the first scan of this person, so its scars are not followed"
        for name in not_same_skin
    ]
    notes.append(
        "measures of the whole subject count what each scan saw; where scans show other skin they differ for that too"
    )
    if not root.has(FILE):
        notes.append(f"there is no {FILE}: folders were taken as subject/repeat, one operator and one device")
    if any(None in {region.kind for region in regions} for chart in charts for regions in chart.raters.values()):
        notes.append("marks without a kind are matched by place only and stay out of kappa")
    return notes


def _few(found: Sequence[Repeatability]) -> list[str]:
    """Return once what is to be kept in mind of several measures, with which."""
    measures: dict[str, list[str]] = {}
    for each in found:
        name = f"{name_measure(each.measure).partition(',')[0]}{' of each scar' if each.level == 'scar' else ''}"
        for note in each.notes:
            measures.setdefault(note, []).append(f"{name}{f' ({name_zone(each.zone)})' if each.zone else ''}")
    return [f"{'; '.join(names)}: {note}" for note, names in measures.items()]


def _inputs(root: Case, repeats: Sequence[Repeat]) -> dict[str, str]:
    names = [FILE]
    for repeat in repeats:
        names += [f"{repeat.case}/{name}" for name in ("surface.npz", "scars.npz", result_name("scars"))]
        names += sorted(
            str(path.relative_to(root.root)) for path in (root.path(repeat.case) / "marks").glob("*") if path.is_file()
        )
    return root.hashes(*names)


def _write(
    root: Case,
    cases: Sequence[MeasuredCase],
    rows: Sequence[dict[str, Any]],
    result: dict[str, Any],
    found: Sequence[Repeatability],
    *,
    pdf: bool,
) -> None:
    from scarplan.report.pdf import print_pdf
    from scarplan.report.repeatability_page import render_repeatability_page

    measures = (*SUBJECT_MEASURES, *SCAR_MEASURES)
    table = [row for row in _subject_rows(cases) if row["zone"] is None] + list(rows)
    columns = {name: [row.get(name) or None for row in table] for name in _KEYS}
    columns |= {name: [row.get(name) for row in table] for name in measures}
    page = render_repeatability_page(result, found)
    files = {
        "repeatability.csv": write_csv(columns),
        "repeatability.parquet": write_parquet(columns, floats=measures),
        "repeatability_dictionary.csv": write_dictionary(columns, measures=measures),
        "repeatability.html": page.encode(),
    }
    if pdf:
        files["repeatability.pdf"] = print_pdf(page)
    root.write_result("repeatability", result, files)
