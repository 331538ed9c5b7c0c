"""The visit sheet: the order of a visit, the plan's own settings, this patient's findings, and always one page."""

import copy
import re
from html.parser import HTMLParser

import pytest

from scarplan.anatomy import all_zones
from scarplan.candidacy import all_rules
from scarplan.evidence.library import recording, value_of
from scarplan.report import CaseResults, render_visit_sheet
from scarplan.report.sheets.density import DENSITIES
from scarplan.report.sheets.visit_changes import describe_changes
from scarplan.report.sheets.visit_minutes import estimate_minutes, say_minutes
from scarplan.report.sheets.visit_zones import MOST_BOXES, describe_zones
from scarplan.report.visit_sheet import BLANK_ROWS, render_blank_visit_sheet

STEPS = (
    "Changes since the last time",
    "Consent",
    "Photo or scan",
    "Cleanse",
    "Numbing cream",
    "Antiseptic",
    "Needling, in this order",
    "Device",
    "Adverse events",
    "Aftercare",
    "Deviations from the plan, and why",
)
PAIRED = {"temple", "periorbital", "cheek", "malar", "jawline", "forehead", "nose_tip", "chin", "neck", "trunk"}


class _Words(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words, self.skip = [], 0

    def handle_starttag(self, tag, attrs):
        self.skip += tag == "style"

    def handle_endtag(self, tag):
        self.skip -= tag == "style"

    def handle_data(self, data):
        if not self.skip:
            self.words.append(data)


def words_in(page):
    parser = _Words()
    parser.feed(page)
    return " ".join(" ".join(parser.words).split())


def words_of(results):
    return words_in(render_visit_sheet(CaseResults(**results)))


def finding(results, rule, **values):
    row = all_rules()[rule]
    known = {"rule": rule, "level": row.level, "answer": "yes", "condition": row.condition, "action": row.action}
    return results["screen"]["findings"][0] | {"wait_until": None, "override": None} | known | values


def plan_for_many_zones(plan, *, equal_sides, long=False):
    """Return the plan with 22 zones, each side counted; with `long`, other words of 400 letters for each."""
    rows = []
    for zone in all_zones():
        for side in ("left", "right") if zone.id in PAIRED else (None,):
            row = plan["zones"][0] | {"zone": zone.id, "side": side, "passes": 4, "leave_out": ["mole"] if long else []}
            row["directions"] = ["horizontal", "vertical", "oblique", "oblique the other way"]
            if not equal_sides and side == "right":
                row["passes"] = 3
            if long:
                said = f"{zone.id} {side} in the words of this clinic " * 20
                row |= {"end_point": f"end {said}"[:400], "ceiling": f"never {said}"[:400], "off_label": True}
            rows.append(row)
    assert len(rows) == 22
    return plan | {"zones": rows}


def longest(results, *, zones):
    """Return `results` with every text as long as it can be, and `zones` rows."""
    found = copy.deepcopy(results)
    found["plan"] = plan_for_many_zones(found["plan"], equal_sides=False, long=True)
    found["plan"]["zones"] = found["plan"]["zones"][:zones]
    cream = found["plan"]["anaesthesia"]
    cream["clinic"] = "a cream with a long name and long instructions " * 9
    option = cream["options"][0] | {"use": "ask first", "why": "not answered yet: " + "a question " * 20}
    cream["options"] = [option | {"at_most": "60 g", "area": "up to 400 cm2 " * 6, "minutes": "at least 2 h " * 6}] * 3
    found["plan"] |= {"phone": "+00 000 000 000 000 extension 1234", "clinic_protocol": {"name": "x", "example": True}}
    found["screen"]["findings"] = [
        finding(results, rule.id, level="caution", wait_until="2026-09-30")
        for rule in all_rules().values()
        if rule.is_asked
    ]
    found["screen"] |= {"decision": "open", "unanswered_blocking": list(all_rules()), "unanswered": list(all_rules())}
    found["screen"]["patient_id"] = "a-patient-with-a-very-long-identifier-of-sixty-letters-0123456"
    return found


def test_the_steps_stand_in_the_order_of_a_visit(results):
    words = words_of(results)
    places = [words.index(f"{number} {step}") for number, step in enumerate(STEPS, start=1)]
    assert places == sorted(places)
    assert words.index("Signature, operator") > places[-1]


def test_the_head_names_patient_plan_status_and_that_it_is_no_device(results):
    words = words_of(results)
    assert f"Patient {results['screen']['patient_id']}" in words
    assert f"plan {results['plan']['plan']}" in words
    assert "Draft: not for treatment before a clinician signs the plan." in words
    assert "Research and education; not a cleared medical device" in words
    results["plan"] |= {
        "status": "approved",
        "approval": {"name": "Dr A", "role": "dermatologist", "date": "2026-03-02"},
    }
    words = words_of(results)
    assert "Signed : Dr A, dermatologist, 2 March 2026" in words or "Signed: Dr A, dermatologist, 2 March 2026" in words
    assert "Draft" not in words


def test_number_of_visits_and_interval_are_the_plans(results):
    results["plan"] |= {"sessions": 5, "interval_days": 42}
    words = words_of(results)
    assert re.search(r"Visit\s+of 5", words)
    assert "next visit not before (6 weeks from today)" in words


def test_settings_end_points_and_ceilings_are_the_plans(results):
    results["plan"]["zones"] = [
        results["plan"]["zones"][0]
        | {
            "zone": "cheek",
            "side": "left",
            "needle_length_mm": 1.25,
            "set_by_the_clinic": [],
            "ceiling_mm": 1.75,
            "end_point": "even redness, then stop",
            "ceiling": "never beyond 1.75 mm, so says the device",
        }
    ]
    words = words_of(results)
    for said in (
        "cheek, left",
        "1.25 mm",
        "1.75 mm",
        "Even redness, then stop.",
        "Never beyond 1.75 mm, so says the device.",
    ):
        assert said in words


def test_a_setting_that_nobody_gives_is_set_by_the_clinic(results):
    results["plan"]["zones"] = [
        results["plan"]["zones"][0] | {"needle_length_mm": None, "passes": None, "set_by_the_clinic": ["passes"]}
    ]
    zones = describe_zones(results["plan"]["zones"])
    assert zones.rows[0].setting == "set by the clinic"
    assert words_of(results).count("set by the clinic") >= 2


def test_without_a_plan_every_setting_is_an_empty_line(results):
    page = render_visit_sheet(CaseResults(screen=results["screen"]))
    assert "No plan yet: every setting below is set by the clinic." in words_in(page)
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    assert body.count("<tr>") == BLANK_ROWS
    assert not re.search(r"\d\s*mm", words_in(body))


@pytest.mark.parametrize(
    ("decision", "level", "until", "said"),
    [
        ("stop", "contraindicated", None, "Do not needle"),
        ("wait", "defer", "2026-04-03", "Wait until 3 April 2026: do not needle before"),
        ("wait", "defer", None, "Wait: do not needle today"),
    ],
)
def test_stop_and_wait_stand_in_place_of_every_setting(results, decision, level, until, said):
    rule = "isotretinoin_current" if decision == "stop" else "tan_or_sunburn"
    results["screen"] |= {"decision": decision, "earliest_date": until}
    results["screen"]["findings"] = [finding(results, rule, level=level, wait_until=until)]
    words = words_of(results)
    assert words.count(said) >= 2
    assert results["plan"]["plan"] not in words
    assert "No settings are printed." in words
    assert all_rules()[rule].action.split(".")[0] in words
    assert not re.search(r"\d\s*mm", words)
    for step in ("Numbing cream", "Needling, in this order", "Device"):
        assert step not in words
    for step in ("Changes since the last time", "Photo or scan", "Adverse events", "Deviations", "Signature, operator"):
        assert step in words


def test_an_open_question_and_a_missing_screening_are_told_first(results):
    results["screen"] |= {"decision": "open", "unanswered_blocking": ["pregnancy", "skin_cancer"]}
    assert "Not cleared: 2 questions to answer first (pregnancy and skin cancer)." in words_of(results)
    del results["screen"]
    assert "Not screened: no needling before the screening questions are answered." in words_of(results)


def test_an_examination_is_told_and_a_scan_is_not(results):
    notice = "estimated from examination; depth was not measured"
    assert notice not in words_of(results).lower()
    by_eye = {name: results[name] for name in ("screen", "plan")}
    by_eye["assess"] = {"basis": "examination", "notice": notice, "examined_on": "2026-03-02"}
    assert f"{notice[0].upper()}{notice[1:]}." in words_of(by_eye)


def test_what_is_on_record_is_marked_with_its_wait(results):
    screen = {"findings": [finding(results, "tan_or_sunburn", wait_until="2026-04-03"), finding(results, "diabetes")]}
    changes = describe_changes(screen | {"unanswered": ["pregnancy"]})
    by_id = {question.id: question for question in changes.questions}
    assert by_id["sun"].on_record == "yes, wait until 3 April 2026"
    assert by_id["pregnancy"].on_record == "not answered at the screening"
    assert by_id["health"].on_record == "Diabetes"
    assert [each.id for each in changes.questions if each.is_marked] == ["sun", "pregnancy", "health"]
    assert changes.also == ""
    other = describe_changes({"findings": [finding(results, "rosacea")]})
    assert other.also == "Rosacea"
    assert not any(each.is_marked for each in other.questions)


def test_what_a_yes_means_is_read_from_the_rules(results):
    by_id = {question.id: question.if_yes for question in describe_changes(None).questions}
    assert by_id["sun"] == f"wait {value_of('candidacy.tan_or_sunburn_wait_days')} days"
    few = value_of("candidacy.acne_few_spots")
    assert by_id["active_spots"].startswith(f"above {few}: wait ")
    assert by_id["cold_sore"] == f"stop, {value_of('candidacy.infection_herpes_active_wait_days')} days"
    assert by_id["isotretinoin"] == "stop"
    mild = describe_changes({"policies": {"isotretinoin_current": "consensus_2017"}}).questions
    assert next(each.if_yes for each in mild if each.id == "isotretinoin") == "ask clinician"


def test_every_question_of_a_visit_rests_on_rules_that_exist():
    with recording() as used:
        questions = describe_changes(None).questions
    assert {"cold_sore", "active_spots", "sun", "pregnancy", "isotretinoin", "allergy", "procedures"} <= {
        question.id for question in questions
    }
    assert "ifu_skinpen_us" in used.sources


def test_equal_sides_stand_in_one_row_with_two_sets_of_boxes(results):
    plan = plan_for_many_zones(results["plan"], equal_sides=True)
    zones = describe_zones(plan["zones"])
    assert len(zones.rows) == 12
    assert zones.places == 22
    cheek = next(row for row in zones.rows if row.zone.startswith("cheek,"))
    assert cheek.zone == "cheek, both sides"
    assert [each.side for each in cheek.sets] == ["left", "right"]
    assert [each.strokes for each in cheek.sets] == [("–", "|", "/", "\\")] * 2
    apart = describe_zones(plan_for_many_zones(results["plan"], equal_sides=False)["zones"])
    assert len(apart.rows) == 22


def test_zones_are_worked_from_the_forehead_down(results):
    zones = [results["plan"]["zones"][0] | {"zone": name, "side": None} for name in ("neck", "chin", "forehead", None)]
    assert [row.zone for row in describe_zones(zones).rows] == ["forehead", "chin", "neck", "zone unknown"]


@pytest.mark.parametrize(("passes", "boxes"), [(1, 1), (4, 4), (6, 6), (MOST_BOXES, MOST_BOXES), (MOST_BOXES + 1, 0)])
def test_each_pass_has_a_box_until_there_are_too_many(results, passes, boxes):
    zone = results["plan"]["zones"][0] | {"passes": passes, "directions": ["horizontal", "vertical"]}
    row = describe_zones([zone]).rows[0]
    assert len(row.sets[0].strokes) == boxes
    assert row.sets[0].strokes == (("–", "|") * passes)[:boxes]
    assert row.passes == str(passes)


def test_several_end_points_are_lettered_and_one_is_not(results):
    zone = results["plan"]["zones"][0]
    one = describe_zones([zone | {"zone": "cheek"}, zone | {"zone": "chin"}])
    assert [row.end_point_letter for row in one.rows] == ["", ""]
    two = describe_zones([zone | {"zone": "cheek"}, zone | {"zone": "chin", "end_point": "redness alone"}])
    assert [row.end_point_letter for row in two.rows] == ["A", "B"]
    assert two.end_points[1].text == "redness alone"


@pytest.mark.parametrize("places", range(1, 23))
def test_minutes_grow_with_the_places_within_the_published_range(places):
    least, most = value_of("visit.minutes_least"), value_of("visit.minutes_most")
    assert least <= estimate_minutes(places) <= most
    assert estimate_minutes(places) <= estimate_minutes(places + 1)
    assert estimate_minutes(places) % value_of("visit.minutes_step") == 0


def test_minutes_at_both_ends_and_without_a_place():
    assert estimate_minutes(1) == 30
    assert estimate_minutes(22) == 60
    assert say_minutes(0) == "usually 30 to 60 minutes by area treated; numbing time on top"
    with pytest.raises(ValueError, match="at least one place, not 0"):
        estimate_minutes(0)


def test_the_skin_inside_the_orbital_rim_is_named_once(results):
    zone = results["plan"]["zones"][0]
    assert describe_zones([zone | {"leave_out": ["mole"]}]).leave_out == (
        all_rules()["guard_orbital_rim"].condition,
        "mole",
    )
    own = "everything inside the orbital rim, and the eyelids"
    assert describe_zones([zone | {"leave_out": [own]}]).leave_out == (own,)


def test_what_is_written_by_hand_in_a_record_is_escaped(results):
    results["screen"]["patient_id"] = "<b>x</b>"
    page = render_visit_sheet(CaseResults(**results))
    assert "<b>x</b>" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_the_page_is_self_contained(results):
    page = render_visit_sheet(CaseResults(**results))
    assert not re.search(r"<script|https?://|src=|@import|url\(", page)
    assert render_visit_sheet(CaseResults(**results)) == page


CASES = ("blank", "no_plan", "small", "examination", "equal_sides", "all_apart", "stop", "wait_long")
LONG = tuple(f"long_{rows}" for rows in (1, 3, 5, 8, 11, 14, 18, 22))


@pytest.fixture
def pages_of_cases(results):
    """Return each case's page by its name."""
    stop = copy.deepcopy(results)
    stop["screen"] |= {"decision": "stop", "findings": [finding(results, "isotretinoin_current")]}
    wait = copy.deepcopy(results)
    rules = [rule.id for rule in all_rules().values() if rule.is_asked]
    findings = [finding(results, rule, level="defer", wait_until="2026-09-30") for rule in rules]
    wait["screen"] |= {"decision": "wait", "earliest_date": "2026-09-30", "findings": findings}
    by_eye = {"screen": results["screen"], "plan": results["plan"]}
    by_eye["assess"] = {"notice": "estimated from examination; depth was not measured", "examined_on": "2026-03-02"}
    found = {
        "no_plan": {"screen": results["screen"]},
        "small": results,
        "examination": by_eye,
        "equal_sides": results | {"plan": plan_for_many_zones(results["plan"], equal_sides=True)},
        "all_apart": results | {"plan": plan_for_many_zones(results["plan"], equal_sides=False)},
        "stop": stop,
        "wait_long": wait,
    }
    found |= {name: longest(results, zones=int(name.removeprefix("long_"))) for name in LONG}
    pages = {name: render_visit_sheet(CaseResults(**values)) for name, values in found.items()}
    return {"blank": render_blank_visit_sheet(), **pages}


@pytest.mark.pango
def test_it_is_one_page_in_weasyprint(pages_of_cases):
    from weasyprint import HTML

    for name in ("blank", "small", "equal_sides", "all_apart", "stop", "long_1", "long_5", "long_14", "long_22"):
        # As narrow as A4 and as low as Letter: what fits here fits both.
        page = pages_of_cases[name].replace("size: A4", "size: 210mm 279.4mm")
        pages = HTML(string=page).render().pages
        assert len(pages) == 1, f"{name} takes {len(pages)} pages"


@pytest.mark.browser
def test_it_is_one_page_on_a4_and_on_letter_in_the_browser(pages_of_cases, page):
    for name, text in pages_of_cases.items():
        page.set_content(text)
        for paper in ("A4", "Letter"):
            page.add_style_tag(content=f"@page {{ size: {paper} }}")
            data = page.pdf(prefer_css_page_size=True)
            pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", data))
            assert pages == 1, f"{name} takes {pages} pages of {paper}"


@pytest.mark.browser
def test_print_is_not_shrunk_and_no_letter_is_below_seven_and_a_half_points(pages_of_cases, page):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 733, "height": 1000})  # 194 mm, the paper less its margins
    for name, text in pages_of_cases.items():
        page.set_content(text)
        assert page.evaluate("document.documentElement.scrollWidth") <= 733, f"{name} is shrunk to fit"
        wide = page.evaluate(
            "[...document.querySelectorAll('td, th, .if')].filter(e => e.scrollWidth > e.clientWidth + 1)"
            ".map(e => e.textContent.trim())"
        )
        assert wide == [], f"{name}: cells run into their neighbours"
        smallest = page.evaluate(
            "Math.min(...[...document.querySelectorAll('main *')].filter(e => e.textContent.trim())"
            ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
        )
        assert smallest * 72 / 96 >= 7.49, name


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 390, 820, 1280])
def test_nothing_scrolls_sideways(pages_of_cases, page, width):
    page.set_viewport_size({"width": width, "height": 844})
    for name, text in pages_of_cases.items():
        page.set_content(text)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.mark.browser
def test_it_is_black_on_white(pages_of_cases, page):
    page.set_content(pages_of_cases["small"])
    colours = page.evaluate(
        "[...new Set([...document.querySelectorAll('main *')].flatMap(e => { const s = getComputedStyle(e);"
        " return [s.color, s.backgroundColor]; }))]"
    )
    for colour in colours:
        parts = [float(part) for part in re.findall(r"[\d.]+", colour)][:3]
        assert max(parts) == min(parts), f"{colour} is no grey"


def test_the_densities_go_from_roomy_to_close():
    assert [density.base_mm for density in DENSITIES] == sorted((d.base_mm for d in DENSITIES), reverse=True)
    assert min(density.letter_pt for density in DENSITIES) >= 7.5
