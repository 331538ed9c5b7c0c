"""The visit sheet: one page in the order of a visit, to be filled with a pen beside the patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from scarplan.evidence.practice import list_statements
from scarplan.report.header import describe_header
from scarplan.report.html import render_page
from scarplan.report.results import CaseResults
from scarplan.report.sheets.density import DENSITIES, PAGE_MM, Density
from scarplan.report.sheets.texts import read_sheet_texts
from scarplan.report.sheets.views import list_views
from scarplan.report.sheets.visit_changes import Changes, describe_changes
from scarplan.report.sheets.visit_minutes import say_minutes
from scarplan.report.sheets.visit_numbing import Numbing, describe_numbing
from scarplan.report.sheets.visit_today import explain_not_today, list_warnings
from scarplan.report.sheets.visit_zones import VisitZones, describe_zones
from scarplan.report.wording import NOTICE, SET_BY_THE_CLINIC, shorten, start_sentence, write_span

#: Empty rows for zones where no plan names any.
BLANK_ROWS = 8
_TWO_SIDES = 0.4
#: The box that says why not today is about as high as the sections it stands for.
_LINES_OF_NOT_TODAY = 2


@dataclass(frozen=True)
class Parts:
    """What of a visit sheet depends on the patient, with texts as long as `density` has room for."""

    density: Density
    not_today: tuple[str, ...]
    warnings: tuple[str, ...]
    examination_notice: str
    changes: Changes
    numbing: Numbing
    zones: VisitZones
    leave_out: str

    @property
    def height_mm(self) -> float:
        """Estimated height of the page, mm."""
        density, zones = self.density, self.zones
        rows = 0 if self.not_today else len(zones.rows) or BLANK_ROWS
        # Boxes of two sides may take two lines.
        rows += sum(_TWO_SIDES for row in zones.rows if len(row.sets) > 1)
        notes = " ".join(note.text + " " * 3 for note in (*zones.end_points, *zones.ceilings))
        lines = density.count_lines(
            [" ".join(self.warnings), self.examination_notice, self.changes.also, notes, self.leave_out]
        ) + density.count_lines([self.numbing.cream, self.numbing.warnings, *self.numbing.limits])
        records = density.count_record_lines(change.on_record for change in self.changes.questions)
        lines += _LINES_OF_NOT_TODAY if self.not_today else 0
        # The questions stand in two columns.
        return density.base_mm + rows * density.row_mm + (lines + records / 2) * density.line_mm


def render_visit_sheet(results: CaseResults) -> str:
    """Return visit_sheet.html, one page on A4 and on US Letter.

    It holds the plan's settings; "set by the clinic" where nobody citable says one; blank lines without a plan;
    and only why and until when where the screening says do not needle or wait.
    """
    # A plan of an earlier run is overruled by a screening that says stop or wait.
    return _render(replace(results, plan=None) if explain_not_today(results) else results, blank=False)


def render_blank_visit_sheet() -> str:
    """Return the visit sheet without a patient, for use before any computer."""
    return _render(CaseResults(), blank=True)


def _render(results: CaseResults, *, blank: bool) -> str:
    parts = _choose_parts(results, blank=blank)
    plan, zones = results.plan or {}, parts.zones
    events = read_sheet_texts("adverse_events")["event"]
    return render_page(
        "visit_sheet.html",
        blank=blank,
        header=describe_header(results),
        plan=plan,
        parts=parts,
        zones=zones,
        minutes=say_minutes(zones.places),
        texts=read_sheet_texts("visit"),
        views=list_views(),
        technique={row.id: row.text for row in list_statements("technique")},
        blank_rows=0 if zones.rows else BLANK_ROWS,
        spare_mm=max(0, round(PAGE_MM - parts.height_mm)),
        events_today=[_event_in_words(row) for row in events if row.get("today")],
        events_since=[_event_in_words(row) for row in events if not row.get("today")],
        interval=write_span(plan["interval_days"]) if plan.get("interval_days") else "",
        set_by_the_clinic=SET_BY_THE_CLINIC,
        notice=NOTICE,
    )


def _choose_parts(results: CaseResults, *, blank: bool) -> Parts:
    """Return the parts set as roomily as one page allows."""
    for density in DENSITIES[:-1]:
        parts = _make_parts(results, density, blank=blank)
        if parts.height_mm <= PAGE_MM:
            return parts
    return _make_parts(results, DENSITIES[-1], blank=blank)


def _make_parts(results: CaseResults, density: Density, *, blank: bool) -> Parts:
    plan, not_today = results.plan or {}, explain_not_today(results)
    zones = describe_zones(plan.get("zones") or (), note_letters=density.note_letters)
    return Parts(
        density=density,
        not_today=not_today,
        warnings=() if not_today or blank else tuple(list_warnings(results)),
        examination_notice=start_sentence(results.notice),
        changes=describe_changes(results.screen, records_apart=density.records_apart),
        numbing=describe_numbing(plan, line_letters=density.line_letters),
        zones=zones,
        leave_out=shorten("; ".join(zones.leave_out), density.line_letters),
    )


def _event_in_words(row: Mapping[str, Any]) -> str:
    return str(row.get("short") or row["words"])
