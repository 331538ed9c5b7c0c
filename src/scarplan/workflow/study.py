"""Study: analyse a study as it was declared, keep what was declared, and write its table, result and page."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes, hash_content, hash_file, make_plain
from scarplan.errors import BadInput
from scarplan.evidence.library import recording
from scarplan.manifest import make_manifest
from scarplan.records.case import Case, result_name
from scarplan.records.study_plan import StudyPlan, read_study_plan
from scarplan.study.analyse import analyse_endpoint, describe_effect, judge_primary_missing
from scarplan.study.declared import FILE as DECLARATION
from scarplan.study.declared import KEPT, declare, write_declaration
from scarplan.study.dictionary import write_dictionary
from scarplan.study.endpoints import PatientMeans, check_observations, outside_window
from scarplan.study.flow import Flow, count_flow
from scarplan.study.holm import adjust_holm
from scarplan.study.tidy import (
    Observation,
    as_columns,
    measures_of,
    read_observations,
    read_table,
    write_csv,
    write_parquet,
)
from scarplan.workflow.day import read_day, read_today
from scarplan.workflow.progress import Progress, report_nothing
from scarplan.workflow.study_cases import list_case_files, read_case_observations

#: What is written beside the data, besides `results/study.json`.
WRITTEN = ("long.csv", "long.parquet", "dictionary.csv", "study.html")


def analyse_study(
    folder: str | Path,
    study: str | Path,
    *,
    declare_only: bool = False,
    amend: str | None = None,
    reason: str | None = None,
    date: str | datetime.date | None = None,
    pdf: bool = False,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Analyse the data in `folder` as the plan `study` declares.

    Writes `long.csv`, `long.parquet`, `dictionary.csv`, `study.html` (and `.pdf`), `declaration.json` and
    `results/study.json` into the folder. `declare_only` keeps the plan before there are data. `amend` and `reason`
    make a change of the plan after the first analysis an amendment of that `date` (today if not given). Raises Refused
    for a change without them, BadInput for a plan or data that cannot be used.
    """
    progress = progress or report_nothing
    case, plan_path = Case(folder), Path(study)
    plan = read_study_plan(plan_path)
    _check_folder(case, plan)
    on = _read_date(date) if amend is not None else None
    if declare_only:
        return _declare(case, plan, plan_path, amend=amend, reason=reason, on=on)
    progress("reading the data", 0.05)
    files = _input_files(case, plan, plan_path)
    with recording() as used:
        rows, notes = _read_rows(case, plan)
        if plan.cases is not None:
            files |= list_case_files(case.root, case.path(plan.cases))
        hashes = {name: hash_file(path) for name, path in files.items()}
        looked_at: dict[str, str | int] = {name: digest for name, digest in hashes.items() if name != "plan"}
        if plan.missing.method == "multiple_imputation":  # another seed is another primary estimate
            looked_at["seed"] = seed
        declaration = declare(
            case.root, plan, data_sha256=hash_content(looked_at), has_data=True, last=_read_last(case),
            amended_by=amend, reason=reason, on=on,
        )  # fmt: skip
        progress("analysing", 0.2)
        result = _analyse(case, plan, rows, seed=seed)
    result["notes"] += notes + _notes(plan, rows, declaration)
    result = {"declaration": {key: value for key, value in declaration.items() if key != "plan"}, **result}
    result["columns"] = list(as_columns(rows))
    inputs = {_name_inside(case, path): hashes[name] for name, path in files.items()}
    result["manifest"] = make_manifest(
        "study", inputs=inputs, seed=seed, quantities=used.quantities, sources=used.sources
    )
    result = make_plain(result)
    progress("writing the page", 0.8)
    _write(case, plan, rows, result, declaration, pdf=pdf)
    progress("study analysed", 1.0)
    return result


def _analyse(case: Case, plan: StudyPlan, rows: list[Observation], *, seed: int) -> dict[str, Any]:
    check_observations(rows, plan)
    known = _read_repeatability(case, plan)
    asked = [(endpoint, plan.compared(endpoint)) for endpoint in (plan.primary, *plan.secondary)]
    asked += [(plan.primary, pair) for pair in plan.other_pairs()]
    endpoints, means = [], []
    for endpoint, arms in asked:
        detectable = endpoint.detectable_change or known.get(endpoint.measure)
        described, patient_means = analyse_endpoint(rows, plan, endpoint, detectable=detectable, arms=arms)
        endpoints.append(described)
        means.append(patient_means)
    primary, secondary = endpoints[0], endpoints[1:]
    pair = plan.narrowed(plan.compared(plan.primary))
    for endpoint, adjusted in zip(secondary, adjust_holm([each["p"] for each in secondary]), strict=True):
        endpoint["p_holm"] = adjusted
        if adjusted is not None and endpoint["p"] < plan.alpha <= adjusted:
            endpoint["says"] += ", but not once all secondary endpoints are counted (Holm)"
    missing = None if plan.primary.kind == "ordinal" else _describe_missing(means[0], pair, primary, seed=seed)
    return {
        "title": plan.title,
        "design": plan.design,
        "arms": plan.arms,
        "allocation": plan.allocation,
        "alpha": plan.alpha,
        "visits": plan.visit,
        "primary": primary,
        "secondary": secondary,
        "missing": missing,
        "patient_means": [
            {"patient": name, "first": first, "second": second}
            for name, (first, second) in zip(means[0].patients, means[0].outcome.tolist(), strict=True)
        ],
        "flow": vars(_flow(case, plan, rows, means[0])),
        "rows": len(rows),
        "patients": len({row.patient for row in rows}),
        "notes": [],
    }


def _describe_missing(means: PatientMeans, plan: StudyPlan, primary: dict[str, Any], *, seed: int) -> dict[str, Any]:
    """Return what missing values could do; where imputing was declared the primary estimate becomes the pooled one."""
    found = judge_primary_missing(means, plan, seed=seed)
    imputed = describe_effect(found.imputed, plan, plan.primary, alpha=plan.alpha)
    declared = {key: primary[key] for key in imputed}
    if plan.missing.method == "multiple_imputation" and found.imputed.p is not None:
        primary |= imputed
    return {
        "method": plan.missing.method,
        "patients": found.patients,
        "missing": found.missing,
        "measured_only": declared,
        "imputed": imputed if found.missing else None,
        "tipping_shift": found.tipping_shift,
        "words": found.words,
    }


def _read_rows(case: Case, plan: StudyPlan) -> tuple[list[Observation], list[str]]:
    if plan.data is not None:
        return read_observations(case.path(plan.data)), []
    return read_case_observations(case.root, case.path(plan.cases or ""))


def _flow(case: Case, plan: StudyPlan, rows: list[Observation], means: PatientMeans) -> Flow:
    roll = None
    if plan.patients is not None:
        roll = read_table(case.path(plan.patients), what="the list of patients", needed=("patient",))
    return count_flow(plan, rows, means, roll)


def _notes(plan: StudyPlan, rows: list[Observation], declaration: dict[str, Any]) -> list[str]:
    notes = []
    if plan.allocation != "random":
        notes.append(
            "sides or patients were not allocated at random, so a difference may have been there from the start"
        )
    if KEPT[declaration["kept"]]:
        notes.append(KEPT[declaration["kept"]])
    notes.append(
        "what was declared is kept in this folder: who takes declaration.json and the last result away together starts "
        "anew, and that cannot be seen here; the hash of the plan, sent to somebody else beforehand, shows it"
    )
    if declaration["amendments"]:
        count = len(declaration["amendments"])
        times = "once" if count == 1 else f"{count} times"
        notes.append(f"the plan was changed {times} after data were first analysed; the reasons are listed")
    if len(declaration["analysed"]) > 1:
        looks = len(declaration["analysed"])
        notes.append(
            f"the data were analysed {looks} times as they grew or changed, or with another seed of the imputations; "
            "each look adds to chance findings"
        )
    out = sum(outside_window(row, plan.find_visit(row.visit)) for row in rows)
    if out:
        kept = "kept" if plan.missing.outside_window == "keep" else "left out, as declared"
        notes.append(f"{out} rows lie outside the window of their visit and are {kept}")
    if len(plan.arms) > 2:
        notes.append(
            f"{len(plan.arms)} arms: the primary endpoint compares {' with '.join(plan.compared(plan.primary))} alone; "
            "all other pairs stand among the secondary endpoints"
        )
    if plan.secondary or plan.other_pairs():
        notes.append(
            "secondary endpoints are adjusted among themselves (Holm); they support the primary one and prove nothing "
            "alone"
        )
    return notes


def _read_repeatability(case: Case, plan: StudyPlan) -> dict[str, float]:
    """Return measure -> detectable change of the whole person or scar, from a result of `repeatability`."""
    if plan.repeatability is None:
        return {}
    path = case.path(plan.repeatability)
    try:
        measures = json.loads(path.read_text("utf-8"))["measures"]
        return {
            row["measure"]: row["mdc95"]["value"]
            for row in measures
            if row["zone"] is None and row["mdc95"]["value"] is not None
        }
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(
            f"{path} is no result of `repeatability`",
            code="E-STUDY-007",
            do="name results/repeatability.json of its folder, or leave it out of the plan",
        ) from None


def _check_folder(case: Case, plan: StudyPlan) -> None:
    if not case.root.is_dir():
        raise BadInput(
            f"the folder of the study {case.root} does not exist",
            code="E-STUDY-008",
            do="name the folder with the data",
        )
    named = {plan.data, plan.cases, plan.patients} & set(WRITTEN)
    if named:
        raise BadInput(
            f"{min(str(name) for name in named)} is written by this command, so it cannot be its input",
            code="E-STUDY-009",
            do="give the data another name",
        )


def _input_files(case: Case, plan: StudyPlan, plan_path: Path) -> dict[str, Path]:
    named = {"plan": plan_path, "data": plan.data, "cases": plan.cases, "patients": plan.patients}
    named |= {"repeatability": plan.repeatability}
    files = {name: case.path(str(file)) for name, file in named.items() if file is not None} | {"plan": plan_path}
    for name, path in files.items():
        if not path.is_file():
            raise BadInput(
                f"the plan names {path} as {name}, and it is not there",
                code="E-STUDY-008",
                do="put it there or change the plan",
            )
    return files


def _name_inside(case: Case, path: Path) -> str:
    try:
        return str(path.resolve().relative_to(case.root.resolve()))
    except ValueError:
        return path.name


def _declare(case: Case, plan: StudyPlan, plan_path: Path, **amendment: Any) -> dict[str, Any]:
    amended_by = amendment.pop("amend")
    has_data = any(case.path(name).exists() for name in (plan.data, plan.cases) if name is not None)
    declaration = declare(
        case.root, plan, data_sha256=None, has_data=has_data, last=_read_last(case), amended_by=amended_by, **amendment
    )
    case.write_files({DECLARATION: write_declaration(declaration)})
    manifest = make_manifest("study", inputs={plan_path.name: hash_bytes(plan_path.read_bytes())})
    told = {key: value for key, value in declaration.items() if key != "plan"}
    return make_plain({"declaration": told, "title": plan.title, "primary": None, "manifest": manifest})


def _read_last(case: Case) -> dict[str, Any] | None:
    """Return what the last result tells of the declaration; None where there is none."""
    try:
        told = json.loads(case.path(result_name("study")).read_text("utf-8"))["declaration"]
        return {name: told[name] for name in ("hash", "kept", "analysed", "amendments")}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(
    case: Case,
    plan: StudyPlan,
    rows: list[Observation],
    result: dict[str, Any],
    declaration: dict[str, Any],
    *,
    pdf: bool,
) -> None:
    from scarplan.report.pdf import print_pdf
    from scarplan.report.study_page import render_study_page

    columns, measures = as_columns(rows), measures_of(rows)
    page = render_study_page(result)
    files = {
        "long.csv": write_csv(columns),
        "long.parquet": write_parquet(columns, floats=measures),
        "dictionary.csv": write_dictionary(columns, measures=measures),
        "study.html": page.encode(),
        DECLARATION: write_declaration(declaration),
    }
    if pdf:
        files["study.pdf"] = print_pdf(page)
    case.write_result("study", result, files)


def _read_date(date: str | datetime.date | None) -> datetime.date:
    if date is None:
        return read_today()
    return read_day(
        date, what="this is not a day that can be", code="E-STUDY-013", do="--date 2026-03-02, or leave it out"
    )
