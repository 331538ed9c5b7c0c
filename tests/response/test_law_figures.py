"""The laws that name figures: in at least 90 % of draws, but for what is told here; and the table of them is true."""

import json
import tomllib
from pathlib import Path

import pytest
from law_figures import Laboratory, law_figures

PROJECT = Path(__file__).parents[2]
TABLE = PROJECT / "benchmarks" / "laws.json"
#: Figures that hold in the median but in fewer than nine draws of ten, with the share that is asked of them instead.
NOT_IN_MOST = {
    "28 days apart reaches 85 % of 84 days apart, on day 365": 0.5,
    "non-ablative laser between them a month after the first session": 0.75,
    "non-ablative laser between them a month after the last session": 0.5,
}
#: Rounding and other processors move a share by a draw or two of 128.
SLACK = 0.025


@pytest.fixture(scope="module")
def figures():
    return {figure.what: figure for figure in law_figures(Laboratory())}


def test_every_figure_holds_in_most_draws(figures):
    for what, figure in figures.items():
        asked = NOT_IN_MOST.get(what, 0.9)
        assert figure.share >= asked, f"law {figure.law}, {what}: {figure.share:.0%} of draws, {asked:.0%} wanted"


def test_what_does_not_hold_in_most_draws_is_told(figures):
    assert set(NOT_IN_MOST) <= set(figures)
    assert all(figures[what].share < 0.9 + SLACK for what in NOT_IN_MOST)


def test_the_table_of_the_pages_says_what_is_computed(figures):
    rows = {row["what"]: row for row in json.loads(TABLE.read_text("utf-8"))["rows"]}
    assert set(rows) == set(figures), "run: uv run python benchmarks/laws.py, then docs/generate.py"
    for what, figure in figures.items():
        assert rows[what]["prior"]["share"] == pytest.approx(figure.share, abs=SLACK), what


def test_all_nineteen_laws_name_tests_that_exist():
    laws = tomllib.loads((PROJECT / "docs" / "laws.toml").read_text("utf-8"))["law"]
    assert [law["number"] for law in laws] == list(range(1, 20))
    for name in (name for law in laws for name in law["tests"]):
        file, _, function = name.partition("::")
        source = (PROJECT / file).read_text("utf-8")
        assert not function or f"def {function}(" in source, name
    with_figures = {row["law"] for row in json.loads(TABLE.read_text("utf-8"))["rows"]}
    assert with_figures == {law["number"] for law in laws if law.get("figures")}
