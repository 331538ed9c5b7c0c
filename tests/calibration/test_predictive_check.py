"""The predictive check of the shipped posterior, and the page that shows it with its misses."""

import json
from importlib.resources import files

import pytest

from scarplan.calibration.posterior import read_posterior
from scarplan.calibration.predictive_check import GROUPS, describe_check
from scarplan.evidence.trials import all_trials
from scarplan.report.calibration_page import render_calibration_page


@pytest.fixture(scope="module")
def check():
    return describe_check(all_trials().values(), read_posterior())


def test_the_fit_says_what_was_published_about_as_often_as_it_claims(check):
    found = check["summary"]
    assert found["all"]["rows"] == sum(found[name]["rows"] for name in GROUPS) == len(check["rows"])
    # Published figures are few and not alike: 120 of which 90 % should lie inside, give or take three deviations.
    assert 0.82 <= found["all"]["coverage90"] <= 0.98
    assert 0.36 <= found["all"]["coverage50"] <= 0.74


def test_tissue_is_shown_and_only_collagen_of_needled_scars_is_said_by_the_model(check):
    by_quantity = {(row["study"], row["instrument"]): row for row in check["tissue"]}
    assert {name for name, row in by_quantity.items() if row["modelled"]} == {("lotfi2013", "histology_collagen")}
    collagen = by_quantity["lotfi2013", "histology_collagen"]
    assert collagen["observed"] == pytest.approx(53.2)
    assert collagen["q05"] < collagen["observed"] < collagen["q95"]
    assert {row["id"] for row in check["tissue"]}.isdisjoint(row["id"] for row in check["rows"])


def test_the_page_shows_every_figure_and_names_the_misses(check):
    about = json.loads(files("scarplan.calibration").joinpath("data", "posterior.json").read_text("utf-8"))
    page = render_calibration_page({**about, "check": check})
    missed = [row for row in check["rows"] if not row["inside90"]]
    assert missed
    for row in missed:
        assert f"<th>{row['study']}</th>" in page
    assert page.count('class="chart wide"') == len(GROUPS)
    assert page.count("the model, which saw it") == 1
    assert f"{check['summary']['all']['inside90']} of {len(check['rows'])} figures lie inside 90 %" in page
