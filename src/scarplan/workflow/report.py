"""Report: write what the case holds as one page, a leaflet for the patient and, if asked, a PDF."""

from __future__ import annotations

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
)
from scarplan.report.case_arrays import read_comparisons, read_credits
from scarplan.report.results import WAY
from scarplan.report.sources_used import collect_source_ids, known_sources
from scarplan.workflow.progress import Progress, report_nothing


def write_report(case_path: str | Path, *, pdf: bool = False, progress: Progress | None = None) -> dict[str, Any]:
    """Write report.html and leaflet.html into the case and, with `pdf`, report.pdf.

    What has not been done yet is said in the report. Raises MissingStep when there is nothing to report, StaleResult
    when a result is out of date, and BadInput when `pdf` is asked for and Pango is missing: report.html is written
    all the same.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    progress("reading the results", 0.0)
    results = read_case_results(case)
    progress("drawing the pictures", 0.1)
    with recording() as used:
        pages = _render_pages(case, results)
        for source_id in known_sources(collect_source_ids(results)):
            source(source_id)
    progress("writing the report", 0.7)
    manifest = make_manifest(
        "report", inputs=case.hashes(*_inputs(results)), quantities=used.quantities, sources=used.sources
    )
    case.remove("report.pdf")  # one of an earlier run would tell another story
    case.write_result("report", _describe(results, pages, manifest), pages)
    if pdf:
        progress("printing the PDF", 0.8)
        pages["report.pdf"] = print_pdf(pages["report.html"].decode())
    result = _describe(results, pages, manifest)
    case.write_result("report", result, pages)
    progress("report written", 1.0)
    return result


def _render_pages(case: Case, results: CaseResults) -> dict[str, bytes]:
    views = read_chart_views(case, results)
    report = render_report(
        results, views=views, comparisons=read_comparisons(case, results, views), credits=read_credits(case)
    )
    return {"report.html": report.encode(), "leaflet.html": render_leaflet(results).encode()}


def _describe(results: CaseResults, pages: dict[str, bytes], manifest: Any) -> dict[str, Any]:
    """Return the `--json` object: the files with their hashes, page 1 in words, and what is missing."""
    return make_plain(
        {
            "patient_id": results.patient_id,
            "status": (results.plan or {}).get("status"),
            "files": list(pages),
            "pages": [{"file": name, "sha256": hash_bytes(data)} for name, data in pages.items()],
            "missing": [verb for verb in WAY if getattr(results, verb) is None],
            "page_one": describe_page_one(results),
            "manifest": manifest,
        }
    )


def _inputs(results: CaseResults) -> list[str]:
    """Return the case files that the report was made from."""
    names = [result_name(verb) for verb, _ in results.present()]
    names += [name for _, result in results.present() for name in result["manifest"]["inputs"]]
    names += ["surface.npz", "scars.npz", "scan.toml"]
    if results.forecast:
        names.append(f"forecast/{results.forecast['plan']}.npz")
    return list(dict.fromkeys(names))
