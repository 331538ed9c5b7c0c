"""Page 1: what each of the six boxes says, and that it never says more than the results do."""

import copy

import pytest

from scarplan.report import CaseResults, describe_page_one
from scarplan.report.boxes import describe_certainty, describe_expectation, describe_suitability, describe_zones
from scarplan.report.header import describe_header


def boxes(results):
    return describe_page_one(CaseResults(**results))


@pytest.mark.parametrize(
    ("decision", "earliest", "words", "tone"),
    [
        ("suitable", None, "Suitable", "good"),
        ("with_changes", None, "Suitable with changes", "care"),
        ("open", None, "Not decided: questions open", "care"),
        ("wait", "2026-06-01", "Wait until 1 June 2026", "stop"),
        ("wait", None, "Wait", "stop"),
        ("stop", None, "Do not needle", "stop"),
    ],
)
def test_the_decision_is_said_in_words(results, decision, earliest, words, tone):
    results["screen"] |= {"decision": decision, "earliest_date": earliest}
    box = boxes(results)["suitable"]
    assert (box.decision, box.tone) == (words, tone)


def test_open_questions_are_counted(results):
    results["screen"] |= {"unanswered": ["a", "b", "c"], "questions_open": 3, "unanswered_blocking": ["a"]}
    assert boxes(results)["suitable"].lines[0] == (
        "3 questions open; 1 could stop or delay the plan and must be answered first."
    )


def test_an_unknown_skin_type_is_said(results):
    results["screen"]["skin_type"] = None
    assert "Skin type unknown: the stricter plan applies." in boxes(results)["suitable"].lines


def test_every_override_stands_on_page_one_with_name_role_reason_and_date(results):
    (override,) = boxes(results)["suitable"].overrides
    for part in ("Overridden", "Dr A. Example", "dermatologist", "stable on treatment", "1 March 2026"):
        assert part in override


def test_a_refused_override_is_called_so_and_its_finding_still_counts(results):
    finding = results["screen"]["findings"][2]
    finding["override"]["taken"] = False
    box = boxes(results)["suitable"]
    assert box.overrides[0].startswith("Override refused")
    assert any("Diabetes" in line for line in box.lines)


def test_a_finding_whose_answer_is_unknown_says_so(results):
    results["screen"]["findings"] = [results["screen"]["findings"][0] | {"answer": "unknown"}]
    assert any("(not known)" in line for line in boxes(results)["suitable"].lines)


def test_low_confidence_finds_stay_out_of_the_headline(results):
    seen = boxes(results)["seen"]
    assert seen.headline == "7 scars"
    assert "1 more possible, drawn faintly, not counted" in seen.facts
    assert dict(seen.kinds) == {"ice-pick": 2, "boxcar, shallow": 1, "boxcar, deep": 1, "rolling": 2, "raised": 1}


def test_what_relief_cannot_show_is_named(results):
    seen = boxes(results)["seen"]
    for part in ("colour", "stretching", "tethering", "0.1 cm² not seen", "whole-face grade"):
        assert part in seen.not_assessed


def test_the_list_says_whether_it_was_reviewed(results):
    assert boxes(results)["seen"].review.startswith("Not reviewed")
    results["scars"]["review"] = {
        "reviewer": "Dr B",
        "date": "2026-03-05",
        "accepted": 6,
        "rejected": 1,
        "retyped": 0,
        "added": 2,
    }
    assert boxes(results)["seen"].review == "Reviewed by Dr B, 5 March 2026 (1 rejected, 2 added)."


def test_a_length_that_is_null_is_set_by_the_clinic(results):
    rows = boxes(results)["do"].rows
    assert [row.needle_length for row in rows] == ["1.5 mm", "set by the clinic"]
    assert rows[1].passes == "set by the clinic"


def test_at_most_six_rows_and_the_rest_is_counted(results):
    zone = results["plan"]["zones"][0]
    results["plan"]["zones"] = [zone | {"zone": f"zone_{i}", "ceiling": f"{i} mm"} for i in range(9)]
    box = boxes(results)["do"]
    assert len(box.rows) == 6
    assert box.left_out == 3


def test_zones_that_receive_the_same_share_one_row(results):
    zone = results["plan"]["zones"][0]
    results["plan"]["zones"] = [zone | {"side": "left"}, zone, zone | {"zone": "temple", "side": "left"}]
    (row,) = boxes(results)["do"].rows
    assert row.zone == "cheek, left and right; temple, left"


def test_a_plan_that_is_not_cleared_says_why(results):
    results["plan"]["not_cleared_because"] = ["the question `pregnancy` is open", "another"]
    assert boxes(results)["do"].notes[0] == "Not cleared: the question “pregnancy” is open, and 1 more reason"


def test_an_example_protocol_is_marked(results):
    results["plan"]["clinic_protocol"] = {"name": "Demo", "date": "2026-01-01", "example": True}
    assert any("example protocol" in note for note in boxes(results)["do"].notes)


def test_one_sentence_with_the_published_range_and_a_natural_frequency(results):
    box = boxes(results)["expect"]
    assert box.sentence == (
        "In 3 groups of published trials, scars improved by 9 to 38 % (middle 24 %); "
        "about 6 of 10 people improved by at least one grade."
    )
    assert box.of_ten == 6
    assert box.judge == "Judge 6 months after the last session, not before."


def test_the_models_number_is_never_without_its_mark(results):
    box = boxes(results)["expect"]
    assert "mm" in box.model
    assert box.model_notice == "not yet validated, not for deciding treatment"
    assert "mm" not in box.sentence


def test_no_fitting_trial_is_said_instead_of_a_range(results):
    results["forecast"]["published"] = {
        "sentence": "no published trial fits this patient", "low_percent": None, "high_percent": None,
        "median_percent": None, "instrument": None, "studies": [], "responders": None,
    }  # fmt: skip
    box = boxes(results)["expect"]
    assert box.sentence == "No published trial fits this patient."
    assert box.of_ten is None


def test_only_blinded_observers_and_instruments_count_as_blind(results):
    lines = dict(describe_certainty(CaseResults(**results)).lines)
    assert "3 groups, 90 people; 2 judged blind or by an instrument" in lines["Published"]
    for study in results["forecast"]["published"]["studies"]:
        study["rater"] = "an observer; whether blinded is not stated"
    lines = dict(describe_certainty(CaseResults(**results)).lines)
    assert "0 judged blind" in lines["Published"]


def test_risks_carry_stop_rules_and_the_mark_of_the_model(results):
    box = boxes(results)["risks"]
    assert dict(box.effects)["Dark patches"] == "7 in 100 (2 to 16 in 100)"
    assert any("ceiling" in line for line in box.stop)
    assert any("After 3 sessions" in line for line in box.stop)
    assert box.model_notice


def test_without_a_forecast_there_are_no_model_numbers(results):
    del results["forecast"]
    page = boxes(results)
    assert page["expect"].sentence == "No forecast yet: run `scarplan forecast`."
    assert page["expect"].model == ""
    assert page["risks"].effects[0][0] == "Not forecast yet"


@pytest.mark.parametrize(
    ("decision", "reason"),
    [("stop", "do not needle"), ("wait", "waiting time"), ("suitable", "Run `scarplan plan`")],
)
def test_a_missing_plan_says_why(results, decision, reason):
    del results["plan"], results["forecast"]
    results["screen"]["decision"] = decision
    box = boxes(results)["do"]
    assert box.headline == "No plan yet"
    assert reason in box.notes[0]


def test_without_a_screening_nothing_is_called_suitable(results):
    del results["screen"]
    assert describe_suitability(CaseResults(**results)).decision == "Not screened"


def test_the_head_tells_draft_from_signed(results):
    head = describe_header(CaseResults(**results))
    assert (head.status, head.is_signed) == ("Draft, not signed", False)
    results["plan"] |= {
        "status": "approved",
        "approval": {"name": "Dr C. Signer", "role": "dermatologist", "date": "2026-03-09"},
    }
    head = describe_header(CaseResults(**results))
    assert (head.status, head.is_signed) == ("Signed", True)
    assert head.signature == "Dr C. Signer, dermatologist, 9 March 2026"


def test_a_superseded_approval_is_not_shown_as_signed(results):
    approval = {"name": "Dr C", "role": "dermatologist", "date": "2026-03-09"}
    results["plan"] |= {"status": "superseded", "approval": approval}
    head = describe_header(CaseResults(**results))
    assert (head.status, head.is_signed) == ("Superseded", False)


def test_the_judge_day_falls_back_to_the_forecast(results):
    results["plan"]["judge_after_days"] = None
    assert describe_expectation(CaseResults(**results)).judge == "Judge 38 weeks after the first session, not before."


def test_describing_changes_nothing(results):
    before = copy.deepcopy(results)
    boxes(results)
    assert results == before


@pytest.mark.parametrize(("decision", "place"), [("stop", -1), ("wait", -1), ("open", 0)])
def test_what_decides_comes_before_the_open_questions(results, decision, place):
    results["screen"] |= {"decision": decision, "unanswered": ["a"], "questions_open": 1, "unanswered_blocking": []}
    results["screen"]["findings"] = results["screen"]["findings"][:1]
    assert boxes(results)["suitable"].lines[place] == "1 question open."


def test_two_sides_that_receive_the_same_share_one_row_of_the_plan_table(results):
    zone = results["plan"]["zones"][0] | {"side": "left"}
    right, other = zone | {"side": "right", "scars": [9]}, zone | {"side": "right", "leave_out": ["a mole"]}
    assert [row.zone for _, row in describe_zones([zone, right])] == ["cheek, left and right"]
    assert [row.zone for _, row in describe_zones([zone, other])] == ["cheek, left", "cheek, right"]
