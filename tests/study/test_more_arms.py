"""Studies of more than two arms: one declared pair is primary, all others count together; zones as places of arms."""

from __future__ import annotations

import dataclasses
import json
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats

from scarplan.errors import BadInput
from scarplan.evidence import list_unexplained
from scarplan.study.analyse import analyse_endpoint
from scarplan.study.holm import adjust_holm
from scarplan.study.tidy import Observation, as_columns, in_order, write_csv
from scarplan.workflow.study import analyse_study
from study.made_studies import make_plan, make_study

ARMS = ("needling", "laser", "untreated")


def three_arms() -> list[Observation]:
    """Patients in turn under three arms, the first one better."""
    rows = make_study(4, patients=30, scars=2, split_face=False)
    effect = dict(zip(ARMS, (-0.15, -0.05, 0.0), strict=True))
    made = []
    for row in rows:
        arm = ARMS[int(row.patient[1:]) % 3]
        gain = effect[arm] if row.visit != "baseline" else 0.0
        made.append(dataclasses.replace(row, arm=arm, values={"depth_mm": row.values["depth_mm"] + gain}))
    return in_order(made)


def plan_of(**changes: Any) -> Any:
    primary = {"analysis": "ancova", "compare": ("needling", "untreated")} | changes.pop("primary", {})
    return make_plan(**({"design": "parallel", "arms": ARMS, "primary": primary} | changes))


@pytest.mark.parametrize("pair", list(combinations(ARMS, 2)))
def test_each_pair_is_what_a_study_of_these_two_arms_finds(pair: tuple[str, str]) -> None:
    rows, plan = three_arms(), plan_of()
    found, _ = analyse_endpoint(rows, plan, plan.primary, detectable=None, arms=pair)
    alone = plan_of(arms=pair, primary={"compare": None})
    expected, _ = analyse_endpoint([row for row in rows if row.arm in pair], alone, alone.primary, detectable=None)
    assert found == expected
    assert tuple(found["compared"]) == pair


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data.csv").write_bytes(write_csv(as_columns(three_arms())))
    plan = {
        "title": "T", "declared_by": "A", "declared_on": "2026-03-02", "design": "parallel", "data": "data.csv",
    }  # fmt: skip
    text = "\n".join(f'{key} = "{value}"' for key, value in plan.items()).replace('"2026-03-02"', "2026-03-02")
    text += f"\narms = {json.dumps(ARMS)}\n"
    text += '[[visit]]\nname = "baseline"\nday = 0\n[[visit]]\nname = "month 3"\nday = 90\n'
    text += '[primary]\nmeasure = "depth_mm"\nvisit = "month 3"\nanalysis = "ancova"\nbetter = "lower"\n'
    text += 'compare = ["needling", "untreated"]\n'
    text += '[[secondary]]\nmeasure = "depth_mm"\nvisit = "month 3"\nanalysis = "rank_sum"\nbetter = "lower"\n'
    (tmp_path / "study.toml").write_text(text, "utf-8")
    return tmp_path


def test_one_pair_is_primary_and_all_others_count_together(folder: Path) -> None:
    result = analyse_study(folder, folder / "study.toml")
    assert list_unexplained("study", json.loads(json.dumps(result))) == []
    assert result["primary"]["compared"] == ["needling", "untreated"]
    assert result["primary"]["says"] == "in favour of needling"
    assert [each["compared"] for each in result["secondary"]] == [
        ["needling", "untreated"], ["needling", "laser"], ["laser", "untreated"]
    ]  # fmt: skip
    assert [each["p_holm"] for each in result["secondary"]] == adjust_holm([each["p"] for each in result["secondary"]])
    assert all(each["p_holm"] >= each["p"] for each in result["secondary"])
    flow = {arm["arm"]: arm for arm in result["flow"]["arms"]}
    assert {name: arm["is_primary"] for name, arm in flow.items()} == dict(zip(ARMS, (True, False, True), strict=True))
    assert flow["needling"]["analysed"] + flow["untreated"]["analysed"] == result["primary"]["patients"] == 20
    assert (flow["laser"]["in_data"], flow["laser"]["analysed"]) == (10, 10)
    assert result["flow"]["in_data"] == 30
    page = (folder / "study.html").read_text("utf-8")
    assert "needling against laser against untreated" in page
    assert "laser less untreated" in page
    chart = page[page.index('aria-label="Flow of the patients') :].partition("</svg>")[0]
    assert all(f">{name}</text>" in chart for name in ARMS)
    assert chart.count("month 3: 10 measured") == 3
    assert chart.count("(not in the primary comparison)") == 1
    assert any("3 arms" in note for note in result["notes"])
    assert any("cannot be seen here" in note for note in result["notes"])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"primary": {"compare": None}}, "more than two arms needs primary.compare"),
        ({"primary": {"compare": ("needling", "surgery")}}, "two different arms of"),
        ({"primary": {"compare": ("laser", "laser")}}, "two different arms of"),
        ({"arms": ("needling", "laser", "needling")}, "two arms have one name"),
        ({"place": "zone"}, "place zone belongs to design split_face"),
        ({"arms": ("needling",)}, "at least 2"),
    ],
)
def test_what_cannot_be_declared(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        plan_of(**changes)


def zones_of_a_face() -> list[Observation]:
    """Three zones of each face, each under another arm; both sides of a zone are one place each."""
    rng, rows = np.random.default_rng(2), []
    for number in range(9):
        of_patient = rng.normal(0, 0.05)
        for zone, arm in zip(("forehead", "cheek", "chin"), np.roll(ARMS, number), strict=True):
            before = 0.4 + rng.normal(0, 0.05)
            change = of_patient - 0.1 * (arm == "needling") + rng.normal(0, 0.02)
            shared = {"patient": f"p{number}", "side": "left", "arm": str(arm), "zone": zone}
            rows.append(Observation(**shared, visit="baseline", day=0, values={"depth_mm": before}))
            rows.append(Observation(**shared, visit="month 3", day=90, values={"depth_mm": before + change}))
    return in_order(rows)


@pytest.mark.parametrize("pair", [("needling", "untreated"), ("laser", "untreated")])
def test_zones_of_one_face_under_three_arms_are_pairs(pair: tuple[str, str], tmp_path: Path) -> None:
    rows = zones_of_a_face()
    plan = make_plan(arms=ARMS, place="zone", primary={"analysis": "paired_t", "compare": pair})
    found, _ = analyse_endpoint(rows, plan, plan.primary, detectable=None)
    change = {
        arm: [
            next(r.values["depth_mm"] for r in rows if (r.patient, r.arm, r.visit) == (f"p{n}", arm, "month 3"))
            - next(r.values["depth_mm"] for r in rows if (r.patient, r.arm, r.visit) == (f"p{n}", arm, "baseline"))
            for n in range(9)
        ]
        for arm in pair
    }
    expected = stats.ttest_rel(change[pair[0]], change[pair[1]])
    assert found["p"] == pytest.approx(expected.pvalue)
    assert found["estimate"]["value"] == pytest.approx(np.mean(change[pair[0]]) - np.mean(change[pair[1]]))


def test_an_arm_of_the_wrong_place_is_told() -> None:
    from scarplan.study.endpoints import check_observations

    rows = zones_of_a_face()
    plan = make_plan(arms=ARMS, place="zone", primary={"analysis": "paired_t", "compare": ("needling", "laser")})
    check_observations(rows, plan)
    rows[0] = dataclasses.replace(rows[0], arm=next(arm for arm in ARMS if arm != rows[0].arm))
    with pytest.raises(BadInput, match=rf"the left {rows[0].zone} of patient {rows[0].patient} has two arms"):
        check_observations(rows, plan)
    with pytest.raises(BadInput, match="the left side of patient p0 has two arms"):
        check_observations(zones_of_a_face(), plan.model_copy(update={"place": "side"}))
