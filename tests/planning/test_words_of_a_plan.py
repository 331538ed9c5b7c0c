from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from scarplan.errors import BadInput, Refused
from scarplan.evidence.figures import fill_figures
from scarplan.evidence.library import quantity, recording, source
from scarplan.examination import say_count
from scarplan.forecast.scar_draws import Place
from scarplan.planning.alternatives import list_alternatives
from scarplan.planning.anaesthesia import plan_anaesthesia
from scarplan.planning.first import plan_first_steps
from scarplan.planning.protected import list_protected_skin
from scarplan.planning.screening import ScreeningForPlan, read_screening
from scarplan.planning.texts import read_texts
from scarplan.planning.zones import ZoneOptions
from scarplan.records.clinic_protocol import ClinicAnaesthesia, ClinicProtocol

TEXTS = ("first", "alternatives", "anaesthesia")


def screening(**answers: str) -> ScreeningForPlan:
    return ScreeningForPlan(skin_type=2, age_years=30, not_cleared_because=(), answers=answers)


def words_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from words_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from words_in(inner)


@pytest.mark.parametrize("name", TEXTS)
def test_every_text_has_its_figures_and_sources(name: str) -> None:
    with recording() as used:
        texts = read_texts(name)
    assert used.sources
    for words in words_in(texts):
        assert "{" not in words
        assert "range unknown" not in words


@pytest.mark.parametrize("name", TEXTS)
def test_no_text_promises_or_speaks_of_doses(name: str) -> None:
    for words in words_in(read_texts(name)):
        lowered = words.lower()
        for forbidden in ("remove scars", "erase", "permanent", "guarantee", "dose", "target"):
            assert forbidden not in lowered


def test_a_figure_is_the_value_of_its_quantity() -> None:
    assert fill_figures("{planning.co2_success_ratio} ({planning.co2_success_ratio|range})") == "1.1 (1.01 to 1.2)"
    assert fill_figures("{planning.cream_minor_area_cm2|span} cm2") == "20 to 25 cm2"
    with pytest.raises(KeyError, match="no quantity"):
        fill_figures("{planning.nothing}")


def test_the_figures_of_a_labelled_cream_come_from_a_label() -> None:
    for name in ("major_g", "major_hours", "minor_g", "minor_hours", "most_g", "most_cm2", "uk_most_cm2"):
        found = quantity(f"planning.cream_{name}")
        assert source(found.source).rank == "label"


def test_a_cream_without_a_label_gives_no_figure() -> None:
    (option,) = [
        one
        for one in plan_anaesthesia(screening(), None, longest_mm=1.5).options
        if one.product.startswith("lidocaine-only")
    ]
    assert (option.area, option.amount, option.minutes, option.at_most, option.occlusion) == (None,) * 5
    assert set(option.set_by_the_clinic) == {"area", "amount", "minutes", "at_most", "occlusion"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, ["possible", "possible", "possible"]),
        ({"allergy_local_anaesthetic": "yes"}, ["do not use", "do not use", "possible"]),
        ({"methaemoglobinaemia_g6pd_prilocaine": "yes"}, ["do not use", "possible", "possible"]),
        ({"methaemoglobinaemia_g6pd_prilocaine": "unknown"}, ["ask first", "possible", "possible"]),
        ({"allergy_local_anaesthetic": "unknown"}, ["ask first", "ask first", "possible"]),
        (
            {"allergy_local_anaesthetic": "unknown", "methaemoglobinaemia_g6pd_prilocaine": "yes"},
            ["do not use", "ask first", "possible"],
        ),
    ],
)
def test_numbing_respects_the_screening(answers: dict[str, str], expected: list[str]) -> None:
    options = plan_anaesthesia(screening(**answers), None, longest_mm=1.5).options
    assert [option.use for option in options] == expected


def test_a_clinic_cream_that_must_not_be_used_is_an_error() -> None:
    cream = ClinicAnaesthesia(product="two-drug cream", prilocaine=True)
    clinic = ClinicProtocol.model_validate({"name": "Clinic", "date": "2026-01-01", "anaesthesia": cream})
    with pytest.raises(BadInput, match=r"must not be used.*G6PD"):
        plan_anaesthesia(screening(methaemoglobinaemia_g6pd_prilocaine="yes"), clinic, longest_mm=1.5)
    told = plan_anaesthesia(screening(allergy_local_anaesthetic="unknown"), clinic, longest_mm=1.5).clinic
    assert told is not None
    assert "ask first" in told


def test_the_need_for_numbing_follows_the_length() -> None:
    assert "usual above" in plan_anaesthesia(screening(), None, longest_mm=1.5).need
    assert "not always" in plan_anaesthesia(screening(), None, longest_mm=0.5).need
    assert "clinic sets" in plan_anaesthesia(screening(), None, longest_mm=None).need


def test_alternatives_show_both_sides_where_sources_disagree() -> None:
    rows = {row.name: row for row in list_alternatives()}
    assert {"Fractional CO2 laser", "No treatment", "Radiofrequency needling"} <= set(rows)
    both = rows["Fractional CO2 laser"]
    assert both.disagreement is not None
    assert "32.9" in both.disagreement
    assert "1.1 times" in both.gain
    assert {"co2_needling_ma2026", "idoj2024"} <= set(both.sources)


def test_first_steps_follow_the_kinds_that_are_there() -> None:
    counts = {"rolling": (2, 2), "icepick": (1, 4), "boxcar_shallow": (4, 4), "boxcar_deep": (0, 0), "raised": (3, 3)}
    steps = plan_first_steps(counts, {kind: say_count(*count) for kind, count in counts.items()})
    assert [(step.kind, step.count) for step in steps] == [("rolling", 2), ("icepick", None), ("raised", 3)]
    assert [step.count_words for step in steps] == ["2", "1 to 4", "3"]
    words = {step.kind: step.do for step in steps}
    assert "subcision" in words["rolling"]
    assert "TCA CROSS or punch" in words["icepick"]
    assert "do not needle" in words["raised"]
    for step in steps:
        assert "%" not in step.do
        assert step.sources


def test_protected_skin_is_told_with_its_place() -> None:
    zone = ZoneOptions(
        zone="temple",
        side="left",
        ids=(1,),
        lengths_mm=(),
        length_basis="-",
        passes=(),
        passes_basis="-",
        mode="stamp",
        mode_note="-",
        ceiling="-",
        ceiling_mm=None,
    )
    protected = [
        {"rule": "raised_mole", "kind": "mole", "margin_mm": 2.0, "x_mm": 10.0, "y_mm": 4.0, "radius_mm": 1.5},
        {"rule": "tattoo", "kind": "tattoo", "margin_mm": 5.0, "x_mm": None, "y_mm": None, "radius_mm": None},
    ]
    left_out: dict[Place, tuple[str, ...]] = {
        ("temple", "left"): ("raised scar 7",),
        ("temple", "right"): ("raised scar 8",),
    }
    told = list_protected_skin(zone, protected, left_out)
    assert "orbital rim" in told[0]
    assert told[1] == "mole at x 10.0, y 4.0 mm, radius 1.5 mm with 2 mm around it"
    assert "not marked on a scan: mark it on the skin" in told[2]
    assert told[3:] == ("raised scar 7",)


def make_screen(decision: str, **other: Any) -> dict[str, Any]:
    finding = {"rule": "pregnancy", "level": "contraindicated", "answer": "yes", "action": "not now", "override": None}
    return {
        "decision": decision,
        "earliest_date": None,
        "findings": [finding],
        "unanswered": [],
        "unanswered_blocking": [],
        "skin_type": 3,
        "age_years": 30,
    } | other


def test_stop_refuses_with_the_reason() -> None:
    with pytest.raises(Refused, match=r"do not needle: pregnancy \(not now\)") as caught:
        read_screening(make_screen("stop"))
    assert caught.value.exit_code == 3
    assert caught.value.result["findings"][0]["rule"] == "pregnancy"


def test_wait_refuses_with_the_date() -> None:
    finding = {"rule": "recent_peel", "level": "defer", "answer": "yes", "action": "", "override": None}
    with pytest.raises(Refused, match=r"wait until 2026-05-01: recent_peel") as caught:
        read_screening(make_screen("wait", findings=[finding], earliest_date="2026-05-01"))
    assert caught.value.result["earliest_date"] == "2026-05-01"


def test_an_open_question_keeps_the_plan_from_being_cleared() -> None:
    found = read_screening(make_screen("open", findings=[], unanswered=["a", "b_c"], unanswered_blocking=["b_c"]))
    assert found.not_cleared_because == ("not answered: b c",)
    assert found.answer("a") == "unknown"
    assert found.answer("z") == "no"
    # Nobody asks about a pacemaker before needling, so an answer of the screening for it is not "no".
    assert found.answer("pacemaker_icd") == "unknown"
    asked = make_screen("suitable", findings=[], device_class="fractional_rf")
    assert read_screening(asked).answer("pacemaker_icd") == "no"


def darker(answer: str) -> dict[str, Any]:
    finding = {"rule": "fitzpatrick_IV_VI", "level": "precaution", "answer": answer, "action": "", "override": None}
    return {"findings": [finding]}


def test_of_a_skin_type_and_an_answer_that_contradict_the_stricter_counts() -> None:
    found = read_screening(make_screen("with_changes", skin_type=2, **darker("yes")))
    assert found.is_strict
    assert found.skin_type is None, "the risk of dark marks is that of an unknown skin type"
    assert found.skin_type_doubt is not None
    assert "skin type 2" in found.skin_type_doubt
    agreed = read_screening(make_screen("with_changes", skin_type=5, **darker("yes")))
    assert (agreed.skin_type, agreed.is_strict, agreed.skin_type_doubt) == (5, True, None)
    fair = read_screening(make_screen("suitable", findings=[], skin_type=2))
    assert (fair.skin_type, fair.is_strict, fair.skin_type_doubt) == (2, False, None)


@pytest.mark.parametrize(("skin_type", "is_strict"), [(None, True), (1, False), (3, False), (4, True), (6, True)])
def test_an_unknown_skin_type_makes_the_stricter_plan(skin_type: int | None, is_strict: bool) -> None:
    assert read_screening(make_screen("suitable", findings=[], skin_type=skin_type)).is_strict is is_strict
