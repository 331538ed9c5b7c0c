"""A case without a scan: what page 1 says, that no depth is printed, and that it is said on every page."""

import re

import example_case
import example_examination
import pytest
from test_report_html import read

from scarplan.errors import MissingStep, StaleResult
from scarplan.report import CaseResults, describe_page_one, read_case_results
from scarplan.report.header import describe_header
from scarplan.report.sections import describe_examination, describe_grades
from scarplan.workflow.report import write_report

NOTICE = "Estimated from examination; depth was not measured."
#: The only lengths of such a page: needle settings with their ceilings, and margins of protected skin.
_ALLOWED = re.compile(r"1[.,]5 mm|setting|[Pp]lace, mm|[Mm]argin|Radius|under 2 mm")
_LENGTH = re.compile(r"[\d.,–-]+\s*mm\b|mm[²³]|\bmm\b")


def boxes(results):
    return describe_page_one(CaseResults(**results))


def words_of(case, name="report.html"):
    return " ".join(" ".join(read(case, name).texts).split())


def test_counts_are_ranges_and_an_open_class_has_no_end(examined):
    seen = boxes(examined)["seen"]
    assert dict(seen.kinds) == {
        "ice-pick": "9 to 17",
        "boxcar, shallow": "1 to 4",
        "boxcar, deep": "1 to 4",
        "rolling": "over 31",
        "raised": "2",
    }
    assert seen.headline == "Over 42 dents counted"
    assert "60" not in " ".join(seen.facts)


def test_a_kind_that_was_not_counted_everywhere_leaves_the_sum_open(examined):
    examined["assess"]["zones"][1]["counts"]["rolling"] = {"low": 5, "high": 10}
    assert dict(boxes(examined)["seen"].kinds)["rolling"] == "16 to 30 or more"
    for zone in examined["assess"]["zones"]:
        zone["counts"]["rolling"] = None
    seen = boxes(examined)["seen"]
    assert dict(seen.kinds)["rolling"] == "not counted"
    assert "not counted: rolling" in seen.not_assessed
    for zone in examined["assess"]["zones"]:
        zone["counts"]["boxcar_deep"] = None
    assert "not counted: deep boxcar and rolling" in boxes(examined)["seen"].not_assessed


def test_without_a_grade_what_was_seen_allows_some(examined):
    examined["assess"]["grades"]["goodman_baron_qualitative"] |= {"grade": None, "name": None, "possible": [2, 4]}
    assert "no grade given; what was seen allows 2 or 4" in boxes(examined)["seen"].facts


@pytest.mark.parametrize(
    ("change", "headline"),
    [
        ({"flat_marks": "only", "zones": []}, "Flat marks only, no dents"),
        ({"zones": []}, "Nothing counted yet"),
        ({"zones": [example_examination.ZONES[3]]}, "No dents counted"),
    ],
)
def test_an_examination_without_dents_says_so(examined, change, headline):
    examined["assess"] |= change
    seen = boxes(examined)["seen"]
    assert seen.headline == headline
    assert bool(seen.kinds) == bool(examined["assess"]["zones"])


def test_page_one_says_who_looked_when_in_which_light_and_what_was_routed_out(examined):
    seen = boxes(examined)["seen"]
    assert seen.review == "Examined by Dr A. Example, dermatologist, 2 March 2026; light: lamp from the side."
    facts = " ".join(seen.facts)
    assert "not needled: flat dark or red marks (cheek left)" in facts
    assert "Goodman and Baron grade 3 (moderate). No figure was found for two raters" in facts
    assert "stretched between fingers: they flatten in part" in facts
    assert seen.not_assessed.startswith("depth, width and volume")


def test_the_model_speaks_in_per_cent(examined):
    box = boxes(examined)["expect"]
    assert box.model == "dents on average 22 % shallower (90 % interval 7 to 37 %) by then"
    assert box.of_ten == 6
    examined["forecast"]["total"]["percent_change"] |= {"q05": -30.0, "q50": -4.0, "q95": 6.0}
    model = boxes(examined)["expect"].model
    assert "4 % shallower (90 % interval: from 30 % shallower to 6 % deeper)" in model


def test_how_sure_tells_of_raters_and_drawn_depths(examined):
    lines = dict(boxes(examined)["certainty"].lines)
    assert "Measured" not in lines
    assert "depths drawn from published ranges" in lines["Seen"]
    assert "Eight observers lay within 4 points of one another" in lines["Seen"]


def test_the_stop_rule_asks_for_no_scan(examined):
    stop = " ".join(boxes(examined)["risks"].stop)
    assert "an examination shows no change beyond what two raters differ by" in stop
    assert "scan" not in stop


def test_what_comes_first_tells_counts_in_words(examined):
    first = boxes(examined)["do"].first
    assert first[0].startswith("ice-pick (9 to 17): consider")
    assert first[1].startswith("rolling (over 31): check")


def test_an_examination_that_allows_no_plan_says_why(examined):
    del examined["plan"], examined["forecast"]
    examined["assess"] |= {"ready_to_plan": False, "not_ready_because": ["There are flat marks only, and no dent."]}
    assert boxes(examined)["do"].notes == ("None is made. There are flat marks only, and no dent.",)


def test_the_head_tells_the_day_of_the_examination_and_the_notice(examined):
    head = describe_header(CaseResults(**examined))
    assert "examined 2 March 2026" in head.facts
    assert head.by_eye == NOTICE
    assert describe_header(CaseResults(**example_case.make_results())).by_eye == ""


def test_parts_of_a_case_without_a_scan_in_their_order(by_eye):
    titles = [" ".join(text.split()) for level, text in read(by_eye).headings if level == 2]
    assert titles[:2] == ["1 Suitable?", "2 What was seen"]
    assert titles[6:] == [
        "Screening", "Examination", "Follow-up", "Plan", "Harms and downtime", "Aftercare by day", "Alternatives",
        "Forecast", "Outcomes: what the patient says", "Grades, by the scales' own rows", "Sources used", "Manifest",
    ]  # fmt: skip
    links = [a["href"][1:] for tag, a in read(by_eye).tags if tag == "a" and a["href"].startswith("#")]
    assert set(links) <= {a.get("id") for _, a in read(by_eye).tags}


def test_no_length_of_this_patient_stands_on_any_page(by_eye):
    for name in ("report.html", "leaflet.html", "leaflet_nl.html", "visit_sheet.html"):
        words = words_of(by_eye, name)
        found = [words[max(0, hit.start() - 60) : hit.end() + 30] for hit in _LENGTH.finditer(words)]
        strange = [text for text in found if not _ALLOWED.search(text)]
        assert not strange, (name, strange)


def test_boxes_and_own_parts_have_no_length_at_all(by_eye):
    text = by_eye.path("report.html").read_text("utf-8")
    for part in ("examination", "follow-up", "forecast", "outcomes", "grades"):
        section = re.search(rf'<section class="part" id="{part}".*?</section>', text, re.DOTALL)
        assert section, part
        # A scale has a row for scars `under 2 mm`: that is a definition, not this patient.
        body = re.sub(r"under 2 mm", "", re.sub(r"<svg.*?</svg>|<[^>]+>", " ", section[0], flags=re.DOTALL))
        assert not _LENGTH.search(body), part
        assert ", mm" not in section[0]


def test_the_notice_stands_at_the_top_of_the_page_and_in_the_margin_of_every_sheet(by_eye):
    text = by_eye.path("report.html").read_text("utf-8")
    assert f'<p class="by-eye">{NOTICE}</p>' in text
    assert text.index('class="by-eye"') < text.index('class="boxes"')
    rule = [line for line in text.splitlines() if line.startswith("@page")][-1]
    assert '@top-left { content: "Estimated from examination; depth was not measured.";' in rule


def test_a_case_with_a_scan_has_no_notice(finished):
    text = finished.path("report.html").read_text("utf-8")
    assert "depth was not measured" not in text
    assert "@top-left" not in text


@pytest.mark.pango
def test_the_notice_stands_on_every_printed_page_and_page_one_is_one_page(by_eye):
    from test_pdf import pages_of_page_one
    from weasyprint import HTML

    document = HTML(string=by_eye.path("report.html").read_text("utf-8")).render()
    assert len(document.pages) > 3
    for page in document.pages:
        assert NOTICE in _margin_texts(page)
    assert pages_of_page_one(HTML, by_eye) == 1


def _margin_texts(page):
    """Return the texts in the margin boxes of a rendered page."""
    boxes = [box for box in page._page_box.children if type(box).__name__ == "MarginBox"]
    return ["".join(part.text for part in box.descendants() if hasattr(part, "text")) for box in boxes]


@pytest.mark.pango
def test_page_one_is_one_page_even_when_everything_is_long(examined, write_case):
    from test_pdf import pages_of_page_one
    from weasyprint import HTML

    names = ("cheek", "malar", "forehead", "temple", "jawline", "upper_lip", "chin")
    zone = examined["plan"]["zones"][0] | {"needle_length_mm": None, "passes": None}
    examined["plan"]["zones"] = [
        zone | {"zone": name, "ceiling": f"{i} mm, {'long ' * 9}"} for i, name in enumerate(names)
    ]
    examined["plan"]["first"] = [row | {"do": "a good deal more to say " * 8} for row in examined["plan"]["first"] * 3]
    examined["plan"]["not_cleared_because"] = ["the question `pregnancy` is open"] * 9
    examined["screen"] |= {"questions_open": 23, "unanswered_blocking": ["a"] * 9, "skin_type": None}
    examined["screen"]["findings"] *= 2
    examined["assess"]["doubts"] *= 4
    examined["assess"]["routed_out"] *= 4
    examined["assess"]["light"] = "one lamp from the side, the room otherwise dark, no make-up, washed skin"
    case = write_case(examined, arrays=False)
    write_report(case.root)
    assert pages_of_page_one(HTML, case) == 1


def test_missing_follows_the_way_of_the_examination(examined, write_case):
    case = write_case({"assess": examined["assess"]}, arrays=False)
    written = write_report(case.root)
    assert written["missing"] == ["screen", "plan", "forecast"]
    assert (written["basis"], written["examination_notice"]) == ("examination", example_examination.NOTICE)
    words = words_of(case)
    assert "Not screened" in words
    assert "Run `scarplan screen`, then `scarplan plan`." in words
    assert "scan" not in written["page_one"]["seen"]["headline"]


def test_a_screening_alone_names_both_ways(examined, write_case):
    case = write_case({"screen": examined["screen"]}, arrays=False)
    written = write_report(case.root)
    assert written["basis"] is None
    words = words_of(case)
    assert "No scan and no examination yet" in words
    assert "`scarplan assess`" in words


def test_an_empty_case_names_the_examination_too(tmp_path):
    with pytest.raises(MissingStep, match=r"or `scarplan assess .*`"):
        write_report(tmp_path)


def test_a_plan_from_the_examination_is_stale_once_there_are_scars(examined, results, write_case):
    del examined["forecast"]
    case = write_case(examined | {"scan": results["scan"], "scars": results["scars"]}, arrays=False)
    with pytest.raises(StaleResult, match=r"made from the examination.*scars of a scan") as told:
        write_report(case.root)
    assert told.value.code == "E-REPORT-005"


def test_a_plan_that_the_examination_no_longer_allows_is_not_shown(examined, write_case):
    examined["assess"]["ready_to_plan"] = False
    found = read_case_results(write_case(examined, arrays=False))
    assert found.plan is None
    assert found.forecast is None
    assert found.missing == ("plan", "forecast")


def test_an_examination_beside_a_scan_is_laid_beside_the_relief(examined, results, write_case):
    part = describe_examination(CaseResults(**results, assess=examined["assess"]))
    rows = {row.what: row for row in part.beside}
    assert part.beside_where == "cheek, right"
    assert (rows["ice-pick"].by_eye, rows["ice-pick"].from_relief, rows["ice-pick"].says) == (
        "3", "2", "differ: fewer found in relief",
    )  # fmt: skip
    assert rows["boxcar, deep"].says == "agree"
    assert rows["boxcar, shallow"].says == "differ: more found in relief"
    assert rows["Goodman and Baron grade"].says == "agree"
    case = write_case(results | {"assess": examined["assess"]}, arrays=False)
    write_report(case.root)
    words = words_of(case)
    assert "By eye and from relief" in words
    assert "By the examiner" in words
    assert "Estimated from examination" not in words


def test_zones_that_were_not_scanned_are_not_compared(examined, results):
    for chart in results["scars"]["charts"]:
        chart["zone"] = "forehead"
    part = describe_examination(CaseResults(**results, assess=examined["assess"]))
    assert [row.what for row in part.beside] == ["Goodman and Baron grade"]


def test_grades_have_points_totals_and_the_raters(examined):
    part = describe_grades(CaseResults(**examined))
    first, ecca = part.scales
    assert (first.rows[0].counted, first.rows[0].points) == ("11 to 80", "2 to 3")
    assert first.total.startswith("Total: 14 to 22 points (the table of points is unverified)")
    assert "9 of 10 photographs" in first.raters
    assert ecca.rows[0].counted == "few to a limited number"


def test_every_question_left_open_is_named(examined):
    part = describe_examination(CaseResults(**examined))
    assert part.unanswered == ("new acne", "temple left: rolling")


def test_a_patient_id_cannot_break_out_of_the_style_sheet(examined, write_case):
    examined["screen"]["patient_id"] = 'x"; } body { display: none } </style><b>'
    case = write_case(examined, arrays=False)
    write_report(case.root)
    style = re.search(r"<style>(.*?)</style>", case.path("report.html").read_text("utf-8"), re.DOTALL)[1]
    assert "body { display: none }" not in style
    assert "</style><b>" not in case.path("report.html").read_text("utf-8").replace(style, "")


def test_flat_marks_are_counted_where_they_are_all_there_is(examined):
    zones = examined["assess"]["zones"][:2]
    for zone, marks in zip(zones, ({"low": 11, "high": 20}, {"low": 3, "high": 3}), strict=True):
        zone["flat_marks"] = marks
        zone["counts"] = {kind: {"low": 0, "high": 0} for kind in zone["counts"]}
    examined["assess"] |= {"flat_marks": "only", "zones": zones}
    seen = boxes(examined)["seen"]
    assert seen.headline == "Flat marks only, no dents"
    assert seen.kinds == (("flat marks", "14 to 23"),)
    assert seen.facts[0] == "cheek, left: 11 to 20; cheek, right: 3"
