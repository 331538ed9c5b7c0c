"""`scarplan study`: what was declared is kept, changes are refused or shown, tables and page are written."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import scarplan
from scarplan.canonical import hash_content
from scarplan.cli.group import main
from scarplan.errors import BadInput, Refused
from scarplan.evidence import list_unexplained
from scarplan.study.tidy import Observation, as_columns, in_order, read_observations, write_csv
from scarplan.workflow.study import analyse_study
from scarplan.workflow.study_cases import read_case_observations
from scarplan.workflow.template import print_template
from study.made_studies import make_study


def run(*words: Any) -> Result:
    return CliRunner().invoke(main, ["study", *map(str, words)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A study folder whose data fit the template."""
    names = {"needling": "needling", "control": "untreated"}
    rows = [
        dataclasses.replace(row, arm=names[row.arm], values={**row.values, "volume_mm3": 2 * row.values["depth_mm"]})
        for row in make_study(3, patients=12, scars=3, effect=-0.08, missing=0.2)
    ]
    sides = sorted({(row.patient, row.side, row.arm, row.visit) for row in rows})
    for number, (patient, side, arm, visit) in enumerate(sides):
        grade = float(3 - (visit != "baseline") * (1 + (arm == "needling")) * (number % 3 > 0))
        rows.append(Observation(patient, arm, visit, side=side, values={"grade": grade}))
    (tmp_path / "data.csv").write_bytes(write_csv(as_columns(in_order(rows))))
    (tmp_path / "study.toml").write_text(print_template("study"), "utf-8")
    return tmp_path


@pytest.fixture
def drawn() -> None:
    """Ask for the plots of the page to be drawn; they take longer than the analysis."""


@pytest.fixture(autouse=True)
def _plots_on_request(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr("scarplan.report.study_page._plots", lambda _: [])


def change_plan(folder: Path, old: str, new: str) -> None:
    path = folder / "study.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def forget(folder: Path) -> None:
    """Take away everything that tells of an earlier analysis."""
    (folder / "declaration.json").unlink()
    (folder / "results" / "study.json").unlink()


def test_the_template_is_analysed_and_everything_is_written(folder: Path, drawn: None) -> None:
    done = run(folder, folder / "study.toml", "--json", "-q")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert result["primary"]["analysis"] == "mixed"
    assert result["primary"]["says"] == "in favour of needling"
    assert [each["measure"] for each in result["secondary"]] == ["volume_mm3", "grade"]
    assert all(each["p_holm"] >= each["p"] for each in result["secondary"])
    assert result["missing"]["missing"] > 0
    assert result["missing"]["imputed"]["estimate"]["value"] < 0
    assert {"first", "second", "patient"} == set(result["patient_means"][0])
    assert list_unexplained("study", result) == []
    assert json.loads((folder / "results" / "study.json").read_text("utf-8")) == result
    page = (folder / "study.html").read_text("utf-8")
    assert "In favour of needling" in page
    assert "depth, mm" in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("http-equiv", "")


def test_the_tables_hold_units_and_every_column_is_told(folder: Path) -> None:
    import pyarrow.parquet as pq

    run(folder, folder / "study.toml", "-q")
    table = pq.read_table(folder / "long.parquet").to_pydict()
    kept = list(csv.DictReader(io.StringIO((folder / "long.csv").read_text("utf-8"))))
    assert len(kept) == len(table["patient"])
    assert [row["patient"] for row in kept] == table["patient"]
    for text, number in zip((row["depth_mm"] for row in kept), table["depth_mm"], strict=True):
        assert (number is None) == (text == "")
        assert number is None or number == pytest.approx(float(text), rel=1e-8)
    told = {row["column"]: row for row in csv.DictReader(io.StringIO((folder / "dictionary.csv").read_text("utf-8")))}
    assert list(told) == list(table)
    assert (told["depth_mm"]["unit"], told["volume_mm3"]["unit"], told["grade"]["unit"]) == ("mm", "mm3", "1")
    assert read_observations(folder / "long.csv") == read_observations(folder / "data.csv")


def test_the_same_data_in_another_order_give_the_same_result(folder: Path, drawn: None) -> None:
    first = analyse_study(folder, folder / "study.toml")
    files = {name: (folder / name).read_bytes() for name in ("long.csv", "long.parquet", "study.html")}
    lines = (folder / "data.csv").read_text("utf-8").splitlines()
    (folder / "data.csv").write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n", "utf-8")
    forget(folder)
    second = analyse_study(folder, folder / "study.toml")
    assert first["primary"] == second["primary"]
    assert {name: (folder / name).read_bytes() for name in files} == files


def test_a_plan_changed_after_the_data_were_seen_is_refused_or_shown(folder: Path) -> None:
    first = analyse_study(folder, folder / "study.toml")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    change_plan(folder, 'method = "mixed_model"', 'method = "complete_case"')
    change_plan(folder, 'analysis = "mixed"', 'analysis = "paired_t"')
    done = run(folder, folder / "study.toml", "--json", "-q")
    assert done.exit_code == 3
    refused = json.loads(done.stdout)
    assert "changed after data were first analysed" in refused["refused"]["reason"]
    assert refused["declared"] == first["declaration"]["hash"] != refused["found"]
    assert {path: path.read_bytes() for path in before if path.name != "study.toml"} == {
        path: data for path, data in before.items() if path.name != "study.toml"
    }
    amended = analyse_study(
        folder, folder / "study.toml", amend="Dr B. Example", reason="the scars were not followed", date="2026-07-01"
    )
    (kept,) = amended["declaration"]["amendments"]
    assert (kept["by"], kept["reason"], kept["on"]) == ("Dr B. Example", "the scars were not followed", "2026-07-01")
    page = (folder / "study.html").read_text("utf-8")
    assert "changed after data were first analysed" in page
    assert "the scars were not followed" in page
    again = analyse_study(folder, folder / "study.toml")  # the amended plan is now the plan
    assert again["declaration"]["amendments"] == [kept]
    with pytest.raises(BadInput, match="nothing to amend"):
        analyse_study(folder, folder / "study.toml", amend="Dr B. Example", reason="again")


def test_a_declaration_that_is_gone_or_edited_is_noticed(folder: Path) -> None:
    first = analyse_study(folder, folder / "study.toml")
    path = folder / "declaration.json"
    kept = path.read_text("utf-8")
    change_plan(folder, "alpha = 0.05", "alpha = 0.2")
    told = json.loads(kept)
    plan = told["plan"] | {"alpha": 0.2}
    for text in (
        None,
        kept.replace('"alpha": 0.05', '"alpha": 0.2'),  # another plan under the old hash
        json.dumps(told | {"plan": plan, "hash": hash_content(plan)}),  # and under its own
        json.dumps(told | {"analysed": []}),
        json.dumps(told | {"kept": "before_data"}),
    ):
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, "utf-8")
        for options in ({}, {"declare_only": True}):
            with pytest.raises(BadInput, match=r"E-STUDY-01[25]"):
                analyse_study(folder, folder / "study.toml", **options)
    path.write_text(kept, "utf-8")
    amended = analyse_study(folder, folder / "study.toml", amend="Dr B. Example", reason="why", date="2026-07-01")
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {"amendments": []}), "utf-8")
    with pytest.raises(BadInput, match="E-STUDY-015"):  # an amendment cannot be taken back
        analyse_study(folder, folder / "study.toml")
    assert first["declaration"]["hash"] == amended["declaration"]["amendments"][0]["from"]


def test_it_is_told_when_a_plan_was_kept(folder: Path) -> None:
    data = (folder / "data.csv").read_bytes()
    assert any("only with the first analysis" in n for n in analyse_study(folder, folder / "study.toml")["notes"])
    assert "not kept here before the analysis" in (folder / "study.html").read_text("utf-8")
    forget(folder)
    with_data = analyse_study(folder, folder / "study.toml", declare_only=True)
    assert with_data["declaration"]["kept"] == "with_data"
    (folder / "declaration.json").unlink()
    (folder / "data.csv").unlink()
    before = analyse_study(folder, folder / "study.toml", declare_only=True)
    assert before["declaration"]["kept"] == "before_data"
    (folder / "data.csv").write_bytes(data)
    result = analyse_study(folder, folder / "study.toml")
    assert result["declaration"]["kept"] == "before_data"
    assert not any("the plan was kept" in note for note in result["notes"])


def test_comments_and_spaces_are_no_change(folder: Path) -> None:
    analyse_study(folder, folder / "study.toml")
    change_plan(folder, 'design = "split_face"', '# a remark\ndesign   =   "split_face"')
    assert analyse_study(folder, folder / "study.toml")["declaration"]["amendments"] == []


def test_a_plan_may_change_before_there_are_data(folder: Path) -> None:
    data = (folder / "data.csv").read_bytes()
    (folder / "data.csv").unlink()
    first = analyse_study(folder, folder / "study.toml", declare_only=True)
    assert first["primary"] is None
    assert list_unexplained("study", first) == []
    change_plan(folder, "alpha = 0.05", "alpha = 0.01")
    second = analyse_study(folder, folder / "study.toml", declare_only=True)
    assert first["declaration"]["hash"] != second["declaration"]["hash"]
    assert second["declaration"]["amendments"] == []
    with pytest.raises(BadInput, match="E-STUDY-008"):
        analyse_study(folder, folder / "study.toml")
    (folder / "data.csv").write_bytes(data)
    assert analyse_study(folder, folder / "study.toml")["primary"]["level"] == 0.99
    change_plan(folder, "alpha = 0.01", "alpha = 0.2")
    with pytest.raises(Refused, match="R-STUDY-001"):
        analyse_study(folder, folder / "study.toml", declare_only=True)


def test_growing_data_are_told(folder: Path) -> None:
    whole = (folder / "data.csv").read_text("utf-8").splitlines()
    part = [line for line in whole if not line.startswith("p11")]
    (folder / "data.csv").write_text("\n".join(part) + "\n", "utf-8")
    analyse_study(folder, folder / "study.toml")
    (folder / "data.csv").write_text("\n".join(whole) + "\n", "utf-8")
    notes = analyse_study(folder, folder / "study.toml")["notes"]
    assert any("analysed 2 times" in note for note in notes)


def test_a_damaged_declaration_is_not_taken_for_none(folder: Path) -> None:
    (folder / "declaration.json").write_text("{", "utf-8")
    with pytest.raises(BadInput, match="E-STUDY-012"):
        analyse_study(folder, folder / "study.toml")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('analysis = "mixed"', 'analysis = "ancova"', "does not fit split_face"),
        ('visit = "month 3"', 'visit = "month 6"', "'month 6' is none of baseline, month 3"),
        ('visit = "month 3"', 'visit = "baseline"', "lies at the baseline"),
        ('arms = ["needling", "untreated"]', 'arms = ["a", "a"]', "two arms have one name"),
        ('data = "data.csv"', "", "give either"),
        ("[primary]", "[[primary]]", "primary"),
        ("window_days = [75, 120]", "window_days = [95, 120]", "does not hold its day"),
        ('method = "mixed_model"', 'method = "complete_cases"', "missing.method"),
        ('method = "mixed_model"', 'method = "multiple_imputation"', "needs primary.analysis paired_t or ancova"),
        ('better = "lower"', 'beter = "lower"', "did you mean 'better'"),
        ('data = "data.csv"', 'data = "../data.csv"', "data"),
        ('data = "data.csv"', 'data = "long.csv"', "E-STUDY-009"),
    ],
)
def test_a_plan_that_cannot_be_is_told(folder: Path, old: str, new: str, says: str) -> None:
    change_plan(folder, old, new)
    before = sorted(folder.rglob("*"))
    done = run(folder, folder / "study.toml", "--json", "-q")
    assert (done.exit_code, done.stdout) == (2, "")
    assert says in done.stderr
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("p00,left,", "p00,right,", "has two arms|two rows for p00"),
        (",baseline,", ",Baseline,", "visit 'Baseline' is none of"),
        (",needling,", ",needle,", "arm 'needle' is none of"),
        ("patient,side", "patent,side", "lacks the columns patient"),
        (",baseline,0,", ",baseline,soon,", "day is 'soon', not a whole number"),
        ("p00,", ",", "patient is empty"),
    ],
)
def test_data_that_do_not_fit_are_told(folder: Path, old: str, new: str, says: str) -> None:
    path = folder / "data.csv"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(BadInput, match=says):
        analyse_study(folder, folder / "study.toml")
    assert not (folder / "declaration.json").exists()  # nothing was analysed, so nothing is declared


def test_the_flow_counts_the_list_of_patients(folder: Path) -> None:
    change_plan(folder, '# patients = "patients.csv" ', 'patients = "patients.csv" ')
    names = sorted({row.patient for row in read_observations(folder / "data.csv")})
    lines = ["patient,eligible,allocated,treated,withdrawn,reason"]
    lines += [
        f"{name},yes,yes,yes,{'yes' if name == 'p03' else 'no'},{'moved away' if name == 'p03' else ''}"
        for name in names
    ]
    lines += ["p90,no,no,no,no,", "p91,no,no,no,no,"]
    (folder / "patients.csv").write_text("\n".join(lines) + "\n", "utf-8")
    flow = analyse_study(folder, folder / "study.toml")["flow"]
    assert (flow["screened"], flow["excluded"], flow["allocated"], flow["in_data"]) == (14, 2, 12, 12)
    assert flow["reasons"] == {"moved away": 1}
    assert flow["arms"][0]["withdrawn"] == 1
    assert (flow["arms"][0]["treated"], flow["arms"][0]["not_treated"]) == (12, 0)  # two were never allocated
    assert flow["analysed"] < 12
    for arm in flow["arms"]:
        assert arm["analysed"] + arm["not_analysed"] == arm["in_data"] == 12
        assert arm["with_baseline"] >= max(visit["measured"] for visit in arm["visits"])
    (folder / "patients.csv").write_text("\n".join([*lines[:-1], "p90,no,no,no,no,"]) + "\n", "utf-8")
    with pytest.raises(BadInput, match="p90 stands twice"):
        analyse_study(folder, folder / "study.toml")


def test_imputing_when_declared_is_the_primary_estimate(folder: Path) -> None:
    change_plan(folder, 'analysis = "mixed"', 'analysis = "paired_t"')
    change_plan(folder, 'method = "mixed_model"', 'method = "multiple_imputation"')
    result = analyse_study(folder, folder / "study.toml")
    assert result["primary"]["estimate"] == result["missing"]["imputed"]["estimate"]
    assert result["missing"]["measured_only"]["estimate"] != result["primary"]["estimate"]
    assert "multiple imputation" in result["primary"]["test"]


def test_days_outside_their_window(folder: Path) -> None:
    text = (folder / "data.csv").read_text("utf-8").replace("month 3,91,1,", "month 3,200,1,")
    (folder / "data.csv").write_text(text, "utf-8")
    kept = analyse_study(folder, folder / "study.toml")
    assert any("outside the window of their visit and are kept" in note for note in kept["notes"])
    forget(folder)
    change_plan(folder, 'outside_window = "keep"', 'outside_window = "drop"')
    dropped = analyse_study(folder, folder / "study.toml")
    assert dropped["primary"]["scars"] < kept["primary"]["scars"]


def test_parallel_grades_by_proportional_odds(tmp_path: Path, drawn: None) -> None:
    lines = ["patient,arm,visit,grade"]
    for number in range(40):
        arm = ("needling", "untreated")[number % 2]
        before = 2 + number % 3
        after = max(0, before - (1 if number % 5 else 0) - (arm == "needling") * (1 if number % 4 else 0))
        lines += [f"p{number},{arm},baseline,{before}", f"p{number},{arm},month 3,{after}"]
    (tmp_path / "data.csv").write_text("\n".join(lines) + "\n", "utf-8")
    plan = """
title = "Grades"
declared_by = "Dr A. Example"
declared_on = 2026-03-02
design = "parallel"
arms = ["needling", "untreated"]
data = "data.csv"
visit = [{name = "baseline", day = 0}, {name = "month 3", day = 90}]
primary = {measure = "grade", visit = "month 3", kind = "ordinal", analysis = "proportional_odds", better = "lower"}
secondary = [{measure = "grade", visit = "month 3", kind = "ordinal", analysis = "rank_sum", better = "lower"}]
"""
    (tmp_path / "study.toml").write_text(plan, "utf-8")
    result = analyse_study(tmp_path, tmp_path / "study.toml")
    assert result["primary"]["estimate"]["value"] < 1
    assert result["primary"]["says"] == "in favour of needling"
    assert result["missing"] is None
    assert any("not allocated at random" in note for note in result["notes"])
    assert list_unexplained("study", result) == []
    assert run(tmp_path, tmp_path / "study.toml", "-q").exit_code == 0


def test_case_folders_become_the_long_table(repeats: Path, tmp_path: Path) -> None:
    """Two scans of the same skin are two visits; the scars of one person are followed by `compare`."""
    folder = Path(shutil.copytree(repeats, tmp_path / "cases"))
    compared = scarplan.compare_cases(folder / "s0" / "1", folder / "s0" / "2")
    lines = ["patient,arm,visit,day,case"]
    for number, arm in enumerate(("needling", "untreated", "untreated")):
        lines += [f"p{number},{arm},baseline,0,s{number}/1", f"p{number},{arm},month 3,90,s{number}/2"]
    (folder / "cases.csv").write_text("\n".join(lines) + "\n", "utf-8")
    rows, notes = read_case_observations(folder, folder / "cases.csv")
    assert [note for note in notes if "not compared with its baseline" in note] == notes
    assert len(notes) == 2
    followed = {row.scar: row.values for row in rows if row.scar and (row.patient, row.visit) == ("p0", "month 3")}
    before = {row.scar: row.values for row in rows if row.scar and (row.patient, row.visit) == ("p0", "baseline")}
    for pair in compared["pairs"]:
        change = followed[str(pair["id_a"])]["depth_mm"] - before[str(pair["id_a"])]["depth_mm"]
        assert change == pytest.approx(pair["depth_change_mm"])
    whole = {(row.patient, row.visit): row.values for row in rows if not row.scar}
    assert len(whole) == 6
    assert whole["p0", "baseline"]["count"] == len(before)
    # A scar that cannot be told from healthy skin any more counts with depth 0: dropping it would hide the best.
    path = folder / "s0" / "2" / "results" / "compare.json"
    told = json.loads(path.read_text("utf-8"))
    gone = told["pairs"].pop(0)["id_a"]
    path.write_text(json.dumps(told | {"vanished": [gone]}), "utf-8")
    rows, notes = read_case_observations(folder, folder / "cases.csv")
    (lost,) = [row for row in rows if (row.patient, row.visit, row.scar) == ("p0", "month 3", str(gone))]
    assert lost.values == {"depth_mm": 0.0, "volume_mm3": 0.0}
    assert any("no longer told from healthy skin" in note for note in notes)
    told["manifest"]["inputs"] = {n: d for n, d in told["manifest"]["inputs"].items() if not n.startswith("..")}
    path.write_text(json.dumps(told), "utf-8")
    assert any("another scan than its baseline" in n for n in read_case_observations(folder, folder / "cases.csv")[1])
