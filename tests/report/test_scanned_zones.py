"""A scan of several zones: the face map says what was found where, and charts bear the names of their zones."""

from __future__ import annotations

from dataclasses import replace

import example_case

from scarplan.report.pictures.face_map import ZoneMark, describe_face_map
from scarplan.report.report_page import render_report
from scarplan.report.results import CaseResults
from scarplan.report.scanned_zones import mark_scanned_zones, name_charts

PLACES = {
    "cheek_right": ("cheek", "right"),
    "cheek_left": ("cheek", "left"),
    "forehead_1": ("forehead", None),
    "forehead_2": ("forehead", None),
}


def results_of_face() -> CaseResults:
    """The example case as a scan of three zones in four charts: its scars in turn on each chart."""
    made = example_case.make_results()
    chart = made["scan"]["charts"][0]
    charts = [chart | {"name": name, "zone": zone, "side": side} for name, (zone, side) in PLACES.items()]
    names = [name for name in PLACES if name != "cheek_left"]
    scars = [
        scar | {"chart": (name := names[k % len(names)]), "zone": PLACES[name][0], "side": PLACES[name][1]}
        for k, scar in enumerate(made["scars"]["scars"])
    ]
    made["scan"] |= {"charts": charts}
    made["scars"] |= {"scars": scars, "charts": charts}
    return CaseResults(**made)


def test_each_scanned_zone_has_its_count_of_dents() -> None:
    results = results_of_face()
    marks = mark_scanned_zones(results)
    assert set(marks) == {("cheek", "right"), ("cheek", "left"), ("forehead", None)}
    assert marks["cheek", "left"] == ZoneMark(0, 0), "a zone that was scanned and shows nothing is no unknown one"
    dents = [scar for scar in results.confident_scars if scar["depth_mm"] > 0]
    assert sum(mark.low for mark in marks.values()) == len(dents) > 3
    assert "cheek, left: 0" in describe_face_map(marks)


def test_one_zone_or_none_draws_no_map() -> None:
    results = CaseResults(**example_case.make_results())
    assert mark_scanned_zones(results) == {}
    assert mark_scanned_zones(replace(results, scan=None)) == {}
    assert mark_scanned_zones(replace(results_of_face(), scars=None)) == {}


def test_charts_are_named_for_people() -> None:
    assert list(name_charts(results_of_face()).values()) == [
        "Cheek, right", "Cheek, left", "Forehead, part 1", "Forehead, part 2",
    ]  # fmt: skip
    assert name_charts(CaseResults(**example_case.make_results())) == {"map": "The scan"}


def test_the_report_shows_the_map_on_page_one_and_among_the_pictures() -> None:
    page = render_report(results_of_face())
    assert page.count("Map of the face from the front") == 2
    assert "Dents found in each zone of the scan" in page
    assert "Dents found in each zone of the scan" not in render_report(CaseResults(**example_case.make_results()))
