"""Every blank sheet for use before any computer: its file, its title, what it is for, and how it is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from scarplan.report.html import render_page
from scarplan.report.leaflet import render_blank_leaflet
from scarplan.report.sheets.adverse_event_sheet import render_adverse_event_sheet
from scarplan.report.sheets.examination_sheet import render_examination_sheet
from scarplan.report.sheets.outcomes_sheet import render_outcomes_sheet
from scarplan.report.sheets.photo_sheet import render_photo_sheet
from scarplan.report.sheets.screening_sheet import render_screening_sheet
from scarplan.report.visit_sheet import render_blank_visit_sheet
from scarplan.report.wording import NOTICE


@dataclass(frozen=True)
class BlankSheet:
    """One sheet: `name` is its file without ending, `purpose` one line for the list of sheets."""

    name: str
    title: str
    purpose: str
    render: Callable[[], str]


#: In the order in which a clinic needs them.
BLANK_SHEETS = (
    BlankSheet(
        "screening_sheet",
        "Screening sheet",
        "every question before any needling; typed in with `scarplan new-patient`",
        render_screening_sheet,
    ),
    BlankSheet(
        "examination_sheet",
        "Examination sheet",
        "what is seen and counted by eye; typed in as assessment.toml",
        render_examination_sheet,
    ),
    BlankSheet(
        "photo_sheet",
        "Photograph sheet",
        "views, conditions and days, so that two dates can be compared",
        render_photo_sheet,
    ),
    BlankSheet(
        "visit_sheet_blank",
        "Visit sheet",
        "one treatment from the first question to the signature",
        render_blank_visit_sheet,
    ),
    BlankSheet(
        "adverse_event_sheet",
        "Adverse event sheet",
        "one for each event, when it is told or seen",
        render_adverse_event_sheet,
    ),
    BlankSheet(
        "outcomes_sheet",
        "Outcomes sheet",
        "what the patient says about the scars; typed in as outcomes.toml",
        render_outcomes_sheet,
    ),
    BlankSheet(
        "leaflet_blank",
        "Leaflet for patients",
        "general numbers, what to expect day by day, when to call; English",
        partial(render_blank_leaflet, "en"),
    ),
    BlankSheet(
        "leaflet_blank_nl",
        "Folder voor patiënten",
        "the leaflet in Dutch",
        partial(render_blank_leaflet, "nl"),
    ),
)


#: By what a list of sheets is told from another page called index.html.
INDEX_MARK = "<title>Blank sheets</title>"


def render_sheet_index(*, pdf: bool) -> str:
    """Return index.html: the list of sheets with links, to the PDFs too where they were made."""
    return render_page("sheet_index.html", sheets=BLANK_SHEETS, pdf=pdf, notice=NOTICE)
