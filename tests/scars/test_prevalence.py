"""How sure a find is among the others of its map."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.evidence.library import value_of
from scarplan.scars import find
from scarplan.scars.prevalence import with_others
from scarplan.surface.surface import Surface
from scars.skin_generator import CONDITIONS, make_skin


def odds(p: float | np.ndarray) -> float | np.ndarray:
    return p / (1 - p)


def test_on_usual_skin_a_find_is_as_sure_as_it_looks() -> None:
    usual = float(value_of("scars.usual_scars_per_cm2"))
    assert with_others([0.6, *[0.99] * 24], 24 / usual)[0] == pytest.approx(0.6)


def test_prior_odds_go_with_the_density_of_the_others() -> None:
    usual, weight = (float(value_of(f"scars.usual_scars_{one}")) for one in ("per_cm2", "weight"))
    blank, many = with_others([0.6], 20.0)[0], with_others([0.6, *[0.95] * 60], 20.0)[0]
    assert odds(blank) / odds(0.6) == pytest.approx(weight / (20 + weight / usual) / usual)
    assert odds(many) / odds(blank) == pytest.approx((60 + weight) / weight)


def test_a_find_does_not_vouch_for_itself_and_unsure_ones_for_none() -> None:
    alone = with_others([0.95], 20.0)[0]
    assert with_others([0.95, 0.3, 0.7], 20.0)[0] == alone
    assert with_others([0.95, 0.93], 20.0)[0] > alone


@given(
    sure=st.lists(st.floats(0, 1), max_size=30), area=st.floats(0, 400), more=st.floats(0.1, 100),
)  # fmt: skip
def test_confidences_stay_probabilities_in_their_order_and_fall_with_empty_skin(
    sure: list[float], area: float, more: float
) -> None:
    told = with_others(sure, area)
    assert told.shape == (len(sure),)
    assert ((told >= 0) & (told <= 1)).all()
    assert (with_others(sure, area + more) <= told + 1e-12).all()
    unsure = np.array(sure) < value_of("scars.clear_confidence")
    assert (np.diff(told[unsure][np.argsort(np.array(sure)[unsure], kind="stable")]) >= -1e-12).all()


def test_the_list_holds_what_is_sure_enough_among_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    skin = make_skin(960, CONDITIONS["standard"])
    told: list[tuple[np.ndarray, np.ndarray]] = []

    def note(sure: list[float], area_cm2: float) -> np.ndarray:
        told.append((np.array(sure), with_others(sure, area_cm2)))
        return told[-1][1]

    monkeypatch.setattr(find, "with_others", note)
    found = find.find_scars_in(Surface("map", skin.relief_mm, skin.valid, skin.pixel_mm))
    ((own, among),) = told
    # The map holds more scars than usual skin: all are surer for it.
    assert (among >= own).all()
    assert own.min() >= value_of("scars.considered_confidence")
    listed = among[among >= value_of("scars.listed_confidence")]
    assert sorted(scar.confidence for scar in found.scars) == pytest.approx(np.sort(listed))
