"""From a printed number to its source, on results written for the test."""

import json
from dataclasses import replace

import pytest

from scarplan.canonical import hash_bytes
from scarplan.errors import BadInput, MissingStep, StaleResult
from scarplan.evidence import lineage
from scarplan.evidence.explain import explain_path, explain_quantity, find_value
from scarplan.evidence.library import all_quantities, quantity
from scarplan.evidence.lineage import LineageRow, list_unexplained, walk_leaves
from scarplan.records.case import Case
from scarplan.workflow.cite import cite_sources
from scarplan.workflow.explain import explain_number

PLAN = {
    "plan": "abc",
    "zones": [{"zone": "cheek", "needle_length_mm": 1.5, "passes": None, "sources": ["harris2015", "label"]}],
    "manifest": {
        "verb": "plan",
        "inputs": {},
        "quantities": ["anatomy.needle_length_acne_scars_typical_mm", "devices.exceed_needles"],
        "sources": ["harris2015", "ifu_skinpen_us", "label", "assumption", "not_in_the_library"],
    },
}
SCARS = {
    "scars": [{"id": 1, "depth_mm": 0.31}],
    "manifest": {
        "verb": "scars",
        "inputs": {"surface.npz": hash_bytes(b"relief")},
        "quantities": [],
        "sources": ["malinowska2020"],
    },
}
FORECAST = {
    "scars": [{"id": 1, "depth_mm": {"q50": [0.31, 0.2]}}],
    "manifest": {"verb": "forecast", "inputs": {}, "quantities": [], "sources": []},
}
ROWS = {
    "plan": (
        LineageRow(
            "plan",
            "zones.*.needle_length_mm",
            "the median of published studies, in the device's own steps",
            made_by="planning.zones",
            quantities=("anatomy.needle_length_*", "anatomy.needle_length_ceiling_mm"),
            from_files=("surface.npz",),
        ),
        LineageRow("plan", "zones.**", "the setting of one zone"),
    ),
    "scars": (LineageRow("scars", "scars.*.depth_mm", "depth below the scar's own rim", made_by="scars.measure"),),
}


@pytest.fixture
def rows(monkeypatch):
    monkeypatch.setattr(lineage, "lineage_of", lambda verb: ROWS.get(verb, ()))


@pytest.fixture
def case(tmp_path, rows):
    case = Case(tmp_path / "case")
    case.write_result("scars", SCARS, {"surface.npz": b"relief"})
    case.write_result("plan", PLAN)
    case.write_result("forecast", FORECAST)
    return case


def test_a_star_matches_one_part_and_two_stars_the_rest():
    row = LineageRow("plan", "zones.*.passes", "x")
    assert row.matches(("zones", "0", "passes"))
    assert not row.matches(("zones", "0", "passes", "q50"))
    assert not row.matches(("zones", "passes"))
    rest = LineageRow("plan", "zones.**", "x")
    assert rest.matches(("zones", "0", "passes", "q50"))
    assert not rest.matches(("scars", "0"))


def test_the_most_exact_row_is_taken_first():
    exact = sorted(ROWS["plan"], key=lambda row: row.exactness, reverse=True)
    assert [row.path for row in exact] == ["zones.*.needle_length_mm", "zones.**"]


def test_every_row_that_is_written_explains_something():
    """A row that names more parts comes before one that names fewer, or it would never be read."""
    for verb in lineage.lineage_verbs():
        for row in lineage.lineage_of(verb):
            example = tuple("0" if part == "*" else "x" if part == "**" else part for part in row.path.split("."))
            assert lineage.find_row(verb, example) is row, f"{verb}: {row.path} is hidden by another row"


def test_a_number_is_walked_to_its_source(rows):
    found = explain_path(PLAN, "plan", "zones.0.needle_length_mm")
    assert found.value == 1.5
    assert [row.name for row in found.quantities] == [
        "anatomy.needle_length_acne_scars_typical_mm",  # the star takes what the run used
        "anatomy.needle_length_ceiling_mm",  # an exact name is always shown
    ]
    assert [s.id for s in found.sources] == ["ifu_skinpen_us", "harris2015"]
    for words in ("median of published studies", "made by planning.zones", "abstract", "10.1016/j.ijwd.2015.03.004"):
        assert words in found.text
    assert json.loads(json.dumps(found.to_result()))["quantities"][0]["source"]["rank"] == "review"


def test_a_branch_is_explained_by_the_rows_below_it(rows):
    found = explain_path(PLAN, "plan", "zones")
    assert {row.path for row in found.rows} == {"zones.*.needle_length_mm", "zones.**"}


def test_what_is_unknown_is_called_so_and_what_is_unwritten_too(rows):
    assert "zones.0.passes = unknown" in explain_path(PLAN, "plan", "zones.0.passes").text
    unwritten = explain_path(PLAN, "plan", "plan")
    assert "has not been written down" in unwritten.text
    assert explain_path(PLAN, "plan", "zones.1.passes") is None


def test_unexplained_paths_are_listed_once(rows):
    assert list_unexplained("plan", PLAN) == ["plan"]
    assert list_unexplained("scars", {"scars": [{"id": 1}, {"id": 2}], "manifest": {}}) == ["scars.*.id"]


def test_leaves_include_empty_lists_and_keys_may_hold_dots():
    assert dict(walk_leaves({"a": [], "b": {"c": [1, None]}})) == {
        ("a",): [],
        ("b", "c", "0"): 1,
        ("b", "c", "1"): None,
    }
    assert find_value({"inputs": {"scan.toml": "ff"}}, "inputs.scan.toml") == (("inputs", "scan.toml"), "ff")
    assert find_value({"a": [1]}, "a.1") is None
    assert find_value({"a": [1]}, "a.x") is None
    assert find_value({"a": 1}, "a.b") is None


def test_a_quantity_is_explained_by_its_name():
    found = explain_quantity("devices.roller_192_needles")
    assert "192" in found.text
    assert "Schwarz" in found.text


def test_a_single_value_comes_before_a_branch_of_the_same_name(case):
    found = explain_number(case.root, "scars.0.depth_mm")
    assert (found["verb"], found["value"]) == ("scars", 0.31)
    assert found["also_in"] == ["forecast"]
    assert explain_number(case.root, "forecast.scars.0.depth_mm")["verb"] == "forecast"
    assert explain_number(case.root, "scars.0.depth_mm.q50.1")["value"] == 0.2


def test_a_verb_in_front_is_understood(case):
    found = explain_number(case.root, "plan.zones.0.needle_length_mm")
    assert (found["verb"], found["value"]) == ("plan", 1.5)
    assert set(found["manifest"]["inputs"]) == {"results/plan.json"}
    assert "harris2015" in found["manifest"]["sources"]
    assert explain_number(case.root, "plan")["value"] == "abc"


def test_a_quantity_needs_no_result(tmp_path, case):
    assert explain_number(case.root, "devices.exceed_needles")["value"] == 6


def test_an_unknown_name_offers_the_nearest(case):
    with pytest.raises(BadInput, match=r"E-EXPL-001.*nearest: .*zones\.0\.needle_length_mm") as error:
        explain_number(case.root, "zones.0.needle_lenght_mm")
    assert error.value.exit_code == 2


def test_an_empty_case_names_the_way_out(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingStep, match=r"E-EXPL-002.*scarplan screen"):
        explain_number(tmp_path / "empty", "scars.0.depth_mm")
    with pytest.raises(MissingStep, match=r"E-CITE-001.*scarplan scan"):
        cite_sources(tmp_path / "empty")
    with pytest.raises(MissingStep, match="E-CASE-001"):
        cite_sources(tmp_path / "nowhere")


def test_a_stale_number_is_not_explained(case):
    case.write_files({"surface.npz": b"another relief"})
    with pytest.raises(StaleResult, match="E-CASE-004"):
        explain_number(case.root, "scars.0.depth_mm")


def test_cite_lists_what_was_used_ranked_and_once(case):
    found = cite_sources(case.root)
    assert [row["id"] for row in found["sources"]] == ["ifu_skinpen_us", "malinowska2020", "harris2015", "assumption"]
    assert [row["rank"] for row in found["sources"]] == ["label", "trial", "review", "memory"]
    assert next(r for r in found["sources"] if r["id"] == "malinowska2020")["used_by"] == ["scars"]
    assert found["weak"] == 1
    assert "doi:10.1016/j.ijwd.2015.03.004. abstract read" in found["sources"][2]["text"]
    assert set(found["manifest"]["inputs"]) == {"results/scars.json", "results/plan.json", "results/forecast.json"}


def test_many_quantities_are_summed_up_a_line_each() -> None:
    names = list(all_quantities())[:12]
    found = replace(explain_quantity(names[0]), quantities=tuple(quantity(name) for name in names))
    lines = found.summary.splitlines()
    assert "12 quantities: " in found.summary
    assert all(any(line.strip().startswith(f"{name} = ") for line in lines) for name in names)
    assert len(lines) < len(found.text.splitlines())
    few = replace(found, quantities=found.quantities[:3])
    assert few.summary == few.text
