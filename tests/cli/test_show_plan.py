"""The table of plans in the terminal: a course that is more than one of the three stands there once."""

import json
from pathlib import Path

from scarplan.cli.plan import show_plan


def rows_of(plan: dict) -> list[str]:
    table = show_plan(plan).split("Plans to choose from", 1)[1]
    return [line for line in table.splitlines() if line.startswith(("gentle", "standard", "intensive"))]


def test_plans_that_are_one_course_are_one_row(demo_case: Path) -> None:
    plan = json.loads((demo_case / "results/plan.json").read_text("utf-8"))
    assert len({offer["point"] for offer in plan["offers"]}) == len(rows_of(plan)) == 3
    for offer in plan["offers"]:
        offer["point"] = 1
    (row,) = rows_of(plan)
    assert row.startswith("gentle, standard, intensive  ")
