"""Figures in texts come from where they stand: quantities, rows of trials, pooled results."""

import pytest

from scarplan.evidence.cite import main_id
from scarplan.evidence.figures import drop_figures, fill_figures, fill_texts
from scarplan.evidence.library import quantity, recording
from scarplan.evidence.trials import all_trials


def test_a_quantity_its_range_and_its_pair() -> None:
    assert fill_figures("{planning.co2_success_ratio} ({planning.co2_success_ratio|range})") == "1.1 (1.01 to 1.2)"
    low, high = quantity("planning.co2_downtime_days").value
    assert fill_figures("{planning.co2_downtime_days|span} days") == f"{low:g} to {high:g} days"
    assert fill_figures("{response.smoker_yield|percent} %") == "80 %"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dogra2014/patients", "30"),
        ("harris2015/studies", "18"),
        ("dogra2014/mn/pih", "5 of 30"),
        ("dogra2014/mn/patient_vas|good", "26 of 30"),
        ("majid2009/mn/goodman_baron_qualitative|any", "34 of 36"),
        ("idoj2024/co2/goodman_baron_qualitative", "32.9"),
        ("idoj2024/mn/percent_improvement_rated|boxcar", "3.7"),
        ("minh_roller/mn/goodman_baron_qualitative", "46.2"),  # the latest of three days
        ("minh_roller/mn/goodman_baron_qualitative|30", "41.3"),
        ("co2_needling_meta2026/pih", "3.04 (1.49 to 6.21)"),
        ("co2_needling_meta2026/mean score", "−1.08 (−2.48 to 0.32)"),
        ("co2_needling_meta2026/mean score|i2", "97"),
        ("chu2021_safety/transient effects resolve within days", "7"),
    ],
)
def test_a_figure_of_a_study(name: str, said: str) -> None:
    with recording() as used:
        assert fill_figures(f"about {{{name}}}.") == f"about {said}."
    assert used.sources == {main_id(name.split("/")[0])}


def test_the_improvement_is_that_of_the_row() -> None:
    for trial in all_trials().values():
        for change in trial.changes:
            if not change.scar_types:
                day = "" if change.days_after_last is None else f"|{change.days_after_last:g}"
                said = fill_figures(f"{{{trial.id}/{change.arm}/{change.instrument}{day}}}")
                assert float(said) == pytest.approx(100 * change.improvement, abs=0.05 + 1e-9)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("planning.nothing", "no quantity"),
        ("nobody1999/mn/pih", "no trial or review is called 'nobody1999'"),
        ("dogra2014/mn/goose_bumps", "'dogra2014' has no figure 'mn/goose_bumps'"),
        ("dogra2014/mn/patient_vas|any", "has no figure 'mn/patient_vas' as 'any'"),
        ("minh_roller/mn/goodman_baron_qualitative|31", "as '31'"),
        ("jbsaps65/studies", "has no figure 'studies'"),
        ("argobi2026/pih|i2", "has no figure 'pih' as 'i2'"),
    ],
)
def test_what_does_not_exist_is_an_error(name: str, message: str) -> None:
    with pytest.raises(KeyError, match=message):
        fill_figures(f"{{{name}}}")


def test_tables_are_filled_and_their_sources_noted() -> None:
    rows = {"row": [{"text": "{dogra2014/mn/pih}", "count": 3, "sources": ["dunkin2007"]}]}
    with recording() as used:
        assert fill_texts(rows) == {"row": [{"text": "5 of 30", "count": 3, "sources": ["dunkin2007"]}]}
    assert used.sources == {"dogra2014", "dunkin2007"}


def test_what_is_left_without_its_figures() -> None:
    assert drop_figures("{dogra2014/mn/pih} and {planning.sessions_most} of 7") == " and  of 7"
