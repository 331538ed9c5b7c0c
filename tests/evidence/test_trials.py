"""Trials and their plain range: signs, arithmetic, who is counted."""

from pathlib import Path
from statistics import median

import pytest

from scarplan.evidence.library import recording
from scarplan.evidence.published import RATER_WORDS, published_range
from scarplan.evidence.trials import all_syntheses, all_trials


def test_figures_of_one_trial_are_those_of_its_abstract():
    dogra = all_trials()["dogra2014"]
    # 11.73 before, 6.5 after, in 30 patients; 5 of 30 with darker patches
    assert dogra.changes[0].improvement == pytest.approx((11.73 - 6.5) / 11.73, abs=1e-4)
    assert dogra.arm("mn").device == "roller"
    assert [(h.event, h.count, h.of) for h in dogra.harms] == [("pih", 5, 30), ("tram_track", 2, 30)]
    assert dogra.skin_types == (4, 5)


def test_range_is_low_median_and_high_of_its_studies():
    found = published_range()
    values = [study.improvement for study in found.studies]
    assert values == sorted(values)
    assert (found.low, found.median, found.high) == (values[0], median(values), values[-1])
    assert 0 < found.low < found.high < 1
    assert len(found.studies) >= 10


def test_only_needling_without_adjuncts_of_acne_scars_is_counted():
    for study in published_range().studies:
        trial = all_trials()[study.id]
        assert trial.indication == "acne_scars"
        assert trial.arm(study.arm).procedure == "microneedling"
        assert trial.arm(study.arm).adjuncts == ()
    with_adjuncts = published_range(adjunct_free=False)
    assert len(with_adjuncts.studies) > len(published_range().studies)


def test_one_figure_per_arm_and_the_latest_follow_up():
    studies = published_range().studies
    assert len({(s.id, s.arm) for s in studies}) == len(studies)
    vietnam = next(s for s in studies if s.id == "minh_roller")
    assert vietnam.days_after_last == 61
    assert vietnam.improvement == pytest.approx(0.462, abs=1e-4)


def test_patients_judging_themselves_come_last():
    split_face = next(s for s in published_range().studies if s.id == "idoj2024")
    assert split_face.instrument == "goodman_baron_qualitative"
    assert split_face.rater != RATER_WORDS["patient"]


def test_skin_type_leaves_out_trials_of_other_types_only():
    light = published_range(skin_type=1)
    assert "dogra2014" not in {s.id for s in light.studies}  # states types 4 and 5
    assert "fabbrocini2014" in {s.id for s in light.studies}  # states all types
    assert "leheta2011" in {s.id for s in light.studies}  # states none
    assert light.note == ""


def test_too_narrow_a_filter_is_widened_and_says_so():
    narrow = published_range(scar_type="rolling", skin_type=1)
    assert narrow.studies == published_range(scar_type="rolling").studies
    assert "all skin types are shown" in narrow.note


def test_responders_are_added_and_get_rarer_with_the_threshold():
    some, half, most = (published_range(at_least=level).responders for level in ("any", "good", "excellent"))
    assert some.of_ten >= half.of_ten > most.of_ten
    assert half.of_ten == round(10 * half.count / half.of)
    assert "jamc_insulin" in half.studies  # a trial in which nobody reached it counts too
    assert half.low == 0.0


def test_no_trial_is_said_in_words_not_as_a_number():
    nothing = published_range(scar_type="icepick")
    assert (nothing.low, nothing.median, nothing.high, nothing.responders) == (None, None, None, None)
    assert "no published trial" in nothing.sentence
    assert nothing.to_result()["low_percent"] is None


def test_result_is_percent_with_rater_and_people():
    result = published_range().to_result()
    assert result["low_percent"] == pytest.approx(100 * published_range().low, abs=0.05)
    assert all(study["rater"] in RATER_WORDS.values() and study["n"] for study in result["studies"])
    assert result["responders"]["lowest_of_ten"] <= result["responders"]["of_ten"]
    assert "444 people" in result["sentence"]


def test_the_sources_of_the_range_are_noted():
    with recording() as used:
        found = published_range()
    assert {study.id for study in found.studies} <= used.sources
    assert set(found.responders.studies) <= used.sources


def test_a_review_and_the_trials_it_pools_are_told_apart():
    pooled = all_syntheses()["co2_needling_meta2026"]
    pigment = next(r for r in pooled.results if r.outcome == "pih")
    assert (pigment.value, pigment.low, pigment.high, pigment.favours) == (3.04, 1.49, 6.21, "mn")
    assert "idoj2024" in pooled.overlap


@pytest.mark.shared
def test_facts_agree_with_the_collected_evidence(shared_folder: Path):
    yaml = pytest.importorskip("yaml")
    path = shared_folder / "evidence" / "calibration.yaml"
    studies = {s["id"]: s for s in yaml.safe_load(path.read_text("utf-8"))}
    assert set(studies) == set(all_trials())
    for trial in all_trials().values():
        printed = {
            (o["arm"], o["instrument"], o["days_after_last"]): o["percent_change_derived"]
            for o in studies[trial.id]["outcomes"]
            if o["percent_change_derived"] is not None and not o["redundant"] and "mean" in (o["value"] or {})
        }
        for change in trial.changes:
            key = (change.arm, change.instrument, change.days_after_last)
            if key in printed:
                assert change.improvement == pytest.approx(-printed[key] / 100, abs=1e-3), (trial.id, key)
