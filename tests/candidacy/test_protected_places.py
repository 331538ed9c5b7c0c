"""Protected skin: a place costs itself and its margin, not the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scarplan.candidacy import Screening
from scarplan.errors import BadInput

ScreenWith = Callable[..., Screening]
PLACE = {"x_mm": 12.5, "y_mm": 20.0, "radius_mm": 2.0}


@pytest.mark.parametrize(
    ("rule_id", "answer", "kind"),
    [
        ("raised_mole_vascular_lesion", "yes", "raised mole or vascular mark"),
        ("tattoo_permanent_makeup", "yes", "tattoo or permanent make-up"),
        ("piercing_jewellery", "yes", "piercing"),
        ("hypertrophic_scar_tendency", "yes", "raised scar"),
        ("recent_filler", {"answer": "yes", "grade": "permanent"}, "permanent filler"),
        ("acne_active_inflammatory", {"answer": "yes", "count": 3}, "active spot"),
    ],
)
def test_a_place_that_is_not_marked_asks_to_be_marked(
    screen_with: ScreenWith, rule_id: str, answer: Any, kind: str
) -> None:
    screening = screen_with({rule_id: answer})
    assert screening.decision == "with_changes"
    (skin,) = screening.describe()["protected"]
    assert (skin["rule"], skin["kind"], skin["x_mm"], skin["margin_mm"]) == (rule_id, kind, None, 5.0)
    assert screening.findings[0].action.endswith("Mark it on the scan before needling.")


def test_a_marked_place_keeps_its_own_margin_or_takes_that_of_the_rule(screen_with: ScreenWith) -> None:
    rule = {"rule": "raised_mole_vascular_lesion"}
    screening = screen_with(
        {"raised_mole_vascular_lesion": "yes"},
        protect=[{**rule, **PLACE, "margin_mm": 1.5, "chart": "map"}, {**rule, **PLACE}],
    )
    assert [skin.margin_mm for skin in screening.protected] == [1.5, 5.0]
    assert screening.protected[0].chart == "map"
    assert "Mark it on the scan" not in screening.findings[0].action


@pytest.mark.parametrize("rule_id", ["infection_bacterial_active", "skin_cancer", "infection_viral_warts_molluscum"])
def test_infection_and_suspected_cancer_stop_the_plan_even_when_marked(screen_with: ScreenWith, rule_id: str) -> None:
    screening = screen_with({rule_id: "yes"}, protect=[{"rule": rule_id, **PLACE}])
    assert screening.decision == "stop"


def test_a_place_without_its_finding_stays_protected_and_is_told(screen_with: ScreenWith) -> None:
    screening = screen_with(protect=[{"rule": "tattoo_permanent_makeup", **PLACE}])
    assert len(screening.protected) == 1
    assert screening.protected[0].radius_mm == 2.0
    assert "no finding here" in screening.warnings[0]


def test_a_rule_that_is_not_about_a_place_protects_none(screen_with: ScreenWith) -> None:
    with pytest.raises(BadInput, match=r"protect: smoking is not about a place of the skin \(allowed: .*tattoo"):
        screen_with(protect=[{"rule": "smoking", **PLACE}])
