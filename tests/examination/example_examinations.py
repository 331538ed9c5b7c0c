"""Examinations for tests: one that is complete, and strategies for half-filled ones."""

from __future__ import annotations

import datetime
from typing import Any

from hypothesis import strategies as st

from scarplan.examination import PAIRED_ZONES, describe_assessment
from scarplan.records.assessment import COUNT_CLASSES, KINDS, ZONE_NAMES, Assessment, make_assessment

DAY = datetime.date(2026, 3, 2)
WHO = {"examiner": "Dr A", "date": DAY}
NOTHING = dict.fromkeys(KINDS, 0)


def examine(*zones: dict[str, Any], **values: Any) -> Assessment:
    """Return an examination of `zones`."""
    return make_assessment({**WHO, "zone": list(zones), **values})


def whole(*zones: dict[str, Any], **values: Any) -> Assessment:
    """Return an examination in which the rest of the face was looked at and holds no scars."""
    return examine(*zones, rest_of_face="no_scars", **values)


def chin(**counts: Any) -> dict[str, Any]:
    """Return the chin with nothing in it but `counts`."""
    return {"zone": "chin", **NOTHING, **counts}


def cheek(side: str = "left", **counts: Any) -> dict[str, Any]:
    """Return a cheek with nothing in it but `counts`."""
    return {"zone": "cheek", "side": side, **NOTHING, **counts}


def describe(assessment: Assessment, *, today: datetime.date = DAY) -> dict[str, Any]:
    """Return what `assess` says of an examination."""
    return describe_assessment(assessment, today=today)


counts = st.one_of(st.none(), st.just("unknown"), st.integers(0, 40), st.sampled_from(("none", *COUNT_CLASSES)))
known_counts = st.one_of(st.integers(0, 40), st.sampled_from(COUNT_CLASSES))


@st.composite
def zone_rows(draw: st.DrawFn, count: st.SearchStrategy[Any] = counts, *, zones: tuple[str, ...] = ZONE_NAMES) -> Any:
    """Draw the tables of some zones, each once, half-filled."""
    names = draw(st.lists(st.sampled_from(zones), max_size=4, unique=True))
    rows = []
    for name in names:
        sides = draw(st.sampled_from((("left",), ("right",), ("left", "right")))) if name in PAIRED_ZONES else (None,)
        for side in sides:
            row = {"zone": name, **({"side": side} if side else {})}
            row |= {kind: found for kind in KINDS if (found := draw(count)) is not None}
            rows.append(row)
    return rows


def maybe(*words: Any) -> st.SearchStrategy[Any]:
    """Draw one of `words`, or unknown."""
    return st.sampled_from((*words, "unknown"))


@st.composite
def half_filled(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the values of an examination in which anything may be missing, and which may contradict itself."""
    rows = {
        name: draw(st.one_of(st.just("unknown"), st.integers(0, 30), st.just("1-10")))
        for name in ("linear", "dish_mild", "papular", "macular")
    }
    return {
        **WHO,
        "flat_marks": draw(maybe("none", "some", "only")),
        "stretch": draw(maybe("flattens", "partly", "does_not_flatten")),
        "scar_age_months": draw(st.one_of(st.just("unknown"), st.floats(0, 600))),
        "picked": draw(maybe("yes", "no")),
        "rest_of_face": draw(maybe("no_scars")),
        "grades": {
            "goodman_baron": draw(maybe(1, 2, 3, 4)),
            "goodman_baron_rows": rows | {"hypertrophic": draw(maybe("none", "under 5 cm2", "over 20 cm2"))},
            "ecca": {item: draw(maybe(0, 1, 2, 3)) for item in ("v_shaped", "u_shaped", "keloid")},
            "scar_s_face": draw(maybe(0, 3, 5)),
        },
        "zone": draw(zone_rows()),
    }
