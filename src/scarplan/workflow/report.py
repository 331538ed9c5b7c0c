"""Report: write what the case holds as one page, two leaflets for the patient, a visit sheet, and PDFs of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from scarplan.canonical import hash_bytes, make_plain
from scarplan.evidence.library import recording, source
from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.records.case import result_name
from scarplan.report import (
    CaseResults,
    describe_page_one,
    print_pdf,
    read_case_results,
    read_chart_views,
    render_leaflet,
    render_report,
    render_visit_sheet,
)
from scarplan.report.case_arrays import read_comparisons, read_credits
from scarplan.report.case_course import CaseCourse, read_case_course
from scarplan.report.case_photographs import list_photograph_files, read_photographs
from scarplan.report.find_damaged import UNREADABLE, name_damaged
from scarplan.report.sources_used import collect_source_ids, known_sources
from scarplan.workflow.progress import Progress, report_nothing

#: The pages of a case; with `pdf` each is printed as well, under its own name.
PAGES = ("report.html", "leaflet.html", "leaflet_nl.html", "visit_sheet.html")
PRINTED = {name: name.replace(".html", ".pdf") for name in PAGES}


def write_report(case_path: str | Path, *, pdf: bool = False, progress: Progress | None = None) -> dict[str, Any]:
    """Write report.html, leaflet.html, leaflet_nl.html and visit_sheet.html into the case; with `pdf` the same as PDF.

    What has not been done yet is said in the report. Raises MissingStep when there is nothing to report, StaleResult
    when a result is out of date, and BadInput for one that lacks what is read of it (of another version, or changed by
    hand), or when `pdf` is asked for and Pango is missing: the pages are written all the same then.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    progress("reading the results", 0.0)
    results = read_case_results(case)
    course = read_case_course(case)
    progress("drawing the pictures", 0.1)
    with recording() as used:
        try:
            pages = _render_pages(case, results, course)
        except UNREADABLE as error:
            raise name_damaged(case, results, course, error, render=partial(_render_pages, case)) from error
        page_one = describe_page_one(results)
        for source_id in known_sources(collect_source_ids(results)):
            source(source_id)
    progress("writing the report", 0.6)
    about = {
        "patient_id": results.patient_id,
        "status": (results.plan or {}).get("status"),
        "basis": results.basis,
        "examination_notice": results.notice or None,
        "missing": results.missing,
        "page_one": page_one,
        "manifest": make_manifest(
            "report", inputs=case.hashes(*_inputs(results, course)), quantities=used.quantities, sources=used.sources
        ),
    }
    case.remove(*PRINTED.values())  # those of an earlier run would tell another story
    result = _describe(about, pages)
    case.write_result("report", result, pages)
    if pdf:
        for done, (name, printed) in enumerate(PRINTED.items()):
            progress(f"printing {printed}", 0.7 + 0.3 * done / len(PRINTED))
            pages[printed] = print_pdf(pages[name].decode())
        result = _describe(about, pages)
        case.write_result("report", result, pages)
    progress("report written", 1.0)
    return result


def _render_pages(case: Case, results: CaseResults, course: CaseCourse | None) -> dict[str, bytes]:
    views = read_chart_views(case, results)
    report = render_report(
        results,
        views=views,
        comparisons=read_comparisons(case, results, views),
        photographs=read_photographs(case, results),
        course=course,
        credits=read_credits(case),
    )
    texts = (
        report,
        render_leaflet(results, language="en"),
        render_leaflet(results, language="nl"),
        render_visit_sheet(results),
    )
    return {name: text.encode() for name, text in zip(PAGES, texts, strict=True)}


def _describe(about: dict[str, Any], pages: dict[str, bytes]) -> dict[str, Any]:
    """Return the `--json` object: the files with their hashes, page 1 in words, and what is missing."""
    files = [{"file": name, "sha256": hash_bytes(data)} for name, data in pages.items()]
    return make_plain({"files": list(pages), "pages": files, **about})


def _inputs(results: CaseResults, course: CaseCourse | None) -> list[str]:
    """Return the case files that the report was made from."""
    names = [result_name(verb) for verb, _ in results.present()]
    names += [name for _, result in results.present() for name in result["manifest"]["inputs"]]
    names += ["surface.npz", "scars.npz", "scan.toml", *list_photograph_files(results)]
    if results.forecast:
        names.append(f"forecast/{results.forecast['plan']}.npz")
    names += course.files if course is not None else ()
    return list(dict.fromkeys(names))
