"""Unblind: filled scoring sheets joined with the key, and how far the raters agree."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_file, make_plain
from scarplan.errors import BadInput
from scarplan.evidence.library import recording
from scarplan.manifest import make_manifest
from scarplan.records.case import Case
from scarplan.study.blinding import read_key
from scarplan.study.dictionary import write_dictionary
from scarplan.study.raters import compare_scores
from scarplan.study.scoring_sheet import Scale, Score, last_to_first, read_sheet
from scarplan.study.tidy import write_csv, write_parquet
from scarplan.workflow.progress import Progress, report_nothing


def join_scores(
    sheets: Sequence[str | Path],
    *,
    key: str | Path,
    out: str | Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Join filled scoring sheets with the key and return how far the raters agree.

    Writes `long.csv`, `long.parquet`, `dictionary.csv` and `results/unblind.json` into `out` (default: beside the key,
    `<key>-unblinded`). Raises BadInput that names the sheet and the row.
    """
    progress = progress or report_nothing
    key_path = Path(key)
    target = Path(out) if out is not None else key_path.with_name(f"{key_path.stem}-unblinded")
    codes = read_key(str(key_path))
    scores, scales = _read_sheets([Path(sheet) for sheet in sheets], codes)
    scores = last_to_first(scores, codes, scales)
    measures = [scale.measure for scale in scales]
    progress("comparing the raters", 0.5)
    with recording() as used:
        compared = compare_scores(scores, codes, measures=measures)
    about = [name for name in next(iter(codes.values())) if name != "code"]
    columns: dict[str, list[Any]] = {
        "rater": [score.rater for score in scores],
        "code": [score.code for score in scores],
    }
    columns |= {name: [codes[score.code][name] or None for score in scores] for name in about}
    columns |= {name: [score.values.get(name) for score in scores] for name in measures}
    is_paired = any(row.get("first_file") for row in codes.values())
    meanings = {
        scale.measure: f"{scale.name}, {scale.lowest} to {scale.highest}"
        + (": last visit to first, above 0 is more at the last" if is_paired and scale.is_comparison else "")
        for scale in scales
    }
    inputs = {path.name: hash_file(path) for path in (key_path, *(Path(sheet) for sheet in sheets))}
    result = make_plain(
        {
            "folder": str(target),
            "raters": sorted({score.rater for score in scores}),
            "pictures": len({score.code for score in scores}),
            "scores": len(scores),
            "scales": scales,
            "agreement": compared,
            "manifest": make_manifest("unblind", inputs=inputs, quantities=used.quantities, sources=used.sources),
        }
    )
    files = {
        "long.csv": write_csv(columns),
        "long.parquet": write_parquet(columns, floats=measures),
        "dictionary.csv": write_dictionary(columns, measures=measures, meanings=meanings),
    }
    Case(target).write_result("unblind", result, files)
    progress("unblinded", 1.0)
    return result


def _read_sheets(sheets: Sequence[Path], codes: dict[str, dict[str, str]]) -> tuple[list[Score], list[Scale]]:
    scores: dict[tuple[str, str], Score] = {}
    scales: dict[str, Scale] = {}
    for sheet in sheets:
        told, found = read_sheet(sheet, codes)
        for scale in told:
            if scales.setdefault(scale.measure, scale) != scale:
                raise BadInput(
                    f"{sheet.name} has another range of {scale.name} than the sheets before it",
                    code="E-BLIND-010",
                    do="give sheets of one blinding",
                )
        for score in found:
            if not score.values:
                continue
            if (score.rater, score.code) in scores:
                raise BadInput(
                    f"{score.rater} scored picture {score.code} twice",
                    code="E-BLIND-010",
                    got=sheet.name,
                    do="give each sheet once; the column rater says whose it is",
                )
            scores[score.rater, score.code] = score
    if not scores:
        raise BadInput("no sheet holds a score", code="E-BLIND-010", do="give filled sheets")
    return [scores[place] for place in sorted(scores)], list(scales.values())
