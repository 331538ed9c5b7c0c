"""The finished demo against the contract: every key with its type, every number explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import scarplan
from scarplan.evidence import all_sources, list_unexplained
from scarplan.evidence.explain import explain_path
from scarplan.evidence.lineage import walk_leaves

VERBS = ("screen", "scan", "scars", "plan", "forecast", "report")
NUMBER, TEXT, WHOLE, FLAG = (int, float), str, int, bool
MAYBE_TEXT, MAYBE_NUMBER = (str, type(None)), (int, float, type(None))
LEVELS = ("q05", "q25", "q50", "q75", "q95")
QUANTILES = {level: [NUMBER] for level in LEVELS}
ONE_QUANTILE = dict.fromkeys(LEVELS, NUMBER)
MANIFEST = {"verb": TEXT, "seed": (int, type(None)), "device": TEXT, "versions": {}, "inputs": {}}
RESOLVES = {
    "noise_mm": NUMBER, "lateral_mm": NUMBER, "smallest_width_mm": NUMBER, "smallest_depth_mm": NUMBER,
    "shows_scars": FLAG, "statement": TEXT,
}  # fmt: skip

#: What each result must hold: a type, a tuple of types, [each item], or {key: ...}; other keys may stand beside.
CONTRACT: dict[str, dict[str, Any]] = {
    "screen": {
        "decision": TEXT, "earliest_date": MAYBE_TEXT, "unanswered": [TEXT], "patient_id": TEXT, "skin_type": WHOLE,
        "questions_open": WHOLE, "summary": TEXT, "protected": [{}], "policies": {},
        "findings": [{
            "rule": TEXT, "level": TEXT, "answer": TEXT, "wait_until": MAYBE_TEXT, "action": TEXT, "sources": [TEXT],
            "basis": TEXT, "verification": TEXT, "override": (dict, type(None)),
        }],
    },
    "scan": {
        "charts": [{
            "name": TEXT, "zone": TEXT, "side": TEXT, "rows": WHOLE, "columns": WHOLE, "pixel_mm": NUMBER,
            "seen_cm2": NUMBER, "not_seen_cm2": NUMBER, "holes": [{"x_mm": NUMBER, "y_mm": NUMBER, "area_mm2": NUMBER}],
        }],
        "unit": TEXT, "scanned_on": TEXT, "days_since_session": (int, type(None)), "resolves": RESOLVES,
        "warnings": [TEXT],
    },
    "scars": {
        "scars": [{
            "id": WHOLE, "chart": TEXT, "kind": TEXT,
            "kind_probability": {"icepick": NUMBER, "boxcar": NUMBER, "rolling": NUMBER, "raised": NUMBER},
            "x_mm": NUMBER, "y_mm": NUMBER, "depth_mm": NUMBER, "depth_sd_mm": NUMBER, "width_mm": NUMBER,
            "area_mm2": NUMBER, "volume_mm3": NUMBER, "volume_sd_mm3": NUMBER, "wall_angle_deg": MAYBE_NUMBER,
            "zone": TEXT, "side": TEXT, "reviewed": FLAG, "confidence": NUMBER, "touches_edge": FLAG,
        }],
        "resolves": RESOLVES, "grades": {"whole_face": type(None), "note": TEXT},
        "counts": dict.fromkeys(("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised"), WHOLE),
        "counts_per_cm2": dict.fromkeys(("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised"), NUMBER),
        "low_confidence": [WHOLE], "area_cm2": NUMBER, "total_volume_mm3": NUMBER, "review": type(None),
        "histogram": {"depth_edges_mm": [NUMBER], "area_mm2": [NUMBER], "volume_mm3": [NUMBER]}, "warnings": [TEXT],
    },
    "plan": {
        "plan": TEXT, "status": TEXT, "sessions": WHOLE, "interval_days": WHOLE, "device": {"id": TEXT, "name": TEXT},
        "zones": [{
            "zone": TEXT, "side": TEXT, "needle_length_mm": NUMBER, "needle_length_basis": TEXT, "passes": WHOLE,
            "directions": [TEXT], "mode": TEXT, "channels_per_cm2": NUMBER, "end_point": TEXT, "ceiling": TEXT,
            "ceiling_mm": NUMBER, "leave_out": [TEXT], "set_by_the_clinic": [TEXT],
        }],
        "clinic_protocol": {"name": TEXT, "date": TEXT, "example": FLAG}, "maintenance_days": WHOLE,
        "review_after_sessions": WHOLE, "judge_after_days": WHOLE,
        "first": [{"kind": TEXT, "count": WHOLE, "do": TEXT, "why": TEXT, "sources": [TEXT]}], "anaesthesia": {},
        "aftercare": [{"day": TEXT, "expect": TEXT, "do": [TEXT], "avoid": [TEXT]}], "call_the_clinic": [TEXT],
        "goals": [{"probability": MAYBE_NUMBER}], "unlikely": MAYBE_TEXT, "not_cleared_because": [TEXT],
        "approval": type(None), "reasons": [{"text": TEXT, "sources": [TEXT]}],
        "alternatives": [{"name": TEXT, "gain": TEXT, "downtime": TEXT, "pigment": TEXT, "sources": [TEXT]}],
        "candidates": [{}],
    },
    "forecast": {
        "plan": TEXT, "days": [WHOLE], "session_days": [WHOLE], "judge_day": WHOLE, "assumption_from_day": WHOLE,
        "scars": [{"id": WHOLE, "depth_mm": QUANTILES, "volume_mm3": QUANTILES}], "grades": {},
        "kinds": [{"kind": TEXT, "count": WHOLE, "depth_mm": QUANTILES, "volume_mm3": QUANTILES,
                   "percent_change": ONE_QUANTILE}],
        "total": {"depth_mm": QUANTILES, "volume_mm3": QUANTILES},
        "maintained": {"days": [WHOLE], "depth_mm": QUANTILES},
        "unmaintained": {"days": [WHOLE], "depth_mm": QUANTILES},
        "validated": FLAG, "notice": TEXT,
        "harms": {
            "erythema_days": ONE_QUANTILE, "downtime_days": ONE_QUANTILE, "barrier_hours": ONE_QUANTILE,
            "pigment_risk": {"median": NUMBER, "q05": NUMBER, "q95": NUMBER},
            "rare": [{"event": TEXT, "words": TEXT, "sources": [TEXT]}],
        },
        "published": {"sentence": TEXT, "instrument": TEXT, "low_percent": NUMBER, "median_percent": NUMBER,
                      "high_percent": NUMBER, "studies": [{"id": TEXT, "percent": NUMBER, "n": WHOLE, "rater": TEXT}]},
    },
    "report": {"files": [TEXT]},
}  # fmt: skip


@pytest.fixture(scope="module")
def results(demo_case: Path) -> dict[str, dict[str, Any]]:
    return {verb: json.loads((demo_case / "results" / f"{verb}.json").read_text("utf-8")) for verb in VERBS}


def find_faults(value: Any, wanted: Any, path: str) -> list[str]:
    """Return what is missing or of another type."""
    if isinstance(wanted, dict):
        if not isinstance(value, dict):
            return [f"{path} is no object"]
        missing = [f"{path}.{key} is missing" for key in wanted if key not in value]
        return missing + [
            fault for key in wanted if key in value for fault in find_faults(value[key], wanted[key], f"{path}.{key}")
        ]
    if isinstance(wanted, list):
        if not isinstance(value, list):
            return [f"{path} is no list"]
        return [fault for n, item in enumerate(value) for fault in find_faults(item, wanted[0], f"{path}.{n}")]
    types = wanted if isinstance(wanted, tuple) else (wanted,)
    is_right = isinstance(value, types) and (not isinstance(value, bool) or bool in types)
    return [] if is_right else [f"{path} is {value!r}"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_key_of_the_contract_is_there_with_its_type(results: dict[str, Any], verb: str) -> None:
    assert find_faults(results[verb], CONTRACT[verb] | {"manifest": MANIFEST}, verb) == []
    assert results[verb]["manifest"]["verb"] == verb


def test_the_lists_of_the_demo_are_not_empty(results: dict[str, Any]) -> None:
    """An empty list would pass any contract."""
    filled = [
        results["screen"]["findings"], results["scan"]["charts"], results["scars"]["scars"], results["plan"]["zones"],
        results["plan"]["first"], results["plan"]["goals"], results["plan"]["reasons"], results["plan"]["alternatives"],
        results["plan"]["candidates"], results["plan"]["aftercare"], results["forecast"]["scars"],
        results["forecast"]["kinds"], results["forecast"]["published"]["studies"], results["forecast"]["harms"]["rare"],
        results["report"]["files"],
    ]  # fmt: skip
    assert [n for n, each in enumerate(filled) if not each] == []


def test_quantiles_are_lists_over_days_and_in_order(results: dict[str, Any]) -> None:
    forecast = results["forecast"]
    days = forecast["days"]
    assert days == sorted(set(days))
    for part in [*forecast["scars"], *forecast["kinds"], forecast["total"]]:
        for measure in ("depth_mm", "volume_mm3"):
            rows = np.array([part[measure][q] for q in LEVELS])
            assert rows.shape == (5, len(days))
            assert (np.diff(rows, axis=0) >= 0).all()


def test_the_labels_are_those_of_the_scars(demo_case: Path, results: dict[str, Any]) -> None:
    labels = np.load(demo_case / "scars.npz")["labels"]
    chart = results["scan"]["charts"][0]
    assert labels.shape == (chart["rows"], chart["columns"])
    assert np.issubdtype(labels.dtype, np.integer)
    for scar in results["scars"]["scars"]:
        rows, columns = np.nonzero(labels == scar["id"])
        assert rows.mean() * chart["pixel_mm"] == pytest.approx(scar["y_mm"], abs=1e-6)
        assert columns.mean() * chart["pixel_mm"] == pytest.approx(scar["x_mm"], abs=1e-6)
        assert (scar["depth_mm"] < 0) == (scar["volume_mm3"] < 0) == (scar["kind"] == "raised")
        assert sum(scar["kind_probability"].values()) == pytest.approx(1.0, abs=1e-5)
    assert set(np.unique(labels)) - {0} == {scar["id"] for scar in results["scars"]["scars"]}


@pytest.mark.parametrize("verb", VERBS)
def test_every_source_named_exists(results: dict[str, Any], verb: str) -> None:
    named = {
        value for parts, value in walk_leaves(results[verb]) if len(parts) > 1 and parts[-2] == "sources" and value
    }
    assert {name for name in named if isinstance(name, str)} - set(all_sources()) == set()


# --- from a printed number to its source -----------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_every_number_has_a_line_that_says_how_it_is_made(results: dict[str, Any], verb: str) -> None:
    assert list_unexplained(verb, results[verb]) == []


def one_path_of_each_kind(result: dict[str, Any]) -> list[str]:
    """Return one path for each pattern of paths; list positions are the same pattern."""
    leaves = walk_leaves({key: value for key, value in result.items() if key != "manifest"})
    kinds: dict[tuple[str, ...], str] = {}
    for parts, _ in leaves:
        kinds.setdefault(tuple("*" if part.isdigit() else part for part in parts), ".".join(parts))
    return list(kinds.values())


@pytest.mark.parametrize("verb", VERBS)
def test_explain_answers_every_kind_of_number(demo_case: Path, results: dict[str, Any], verb: str) -> None:
    paths = one_path_of_each_kind(results[verb])
    assert len(paths) >= 10
    for path in paths:
        found = explain_path(results[verb], verb, path)
        assert found is not None, path
        assert found.rows, path
        assert all(len(row.how) > 10 for row in found.rows), path
    for path in paths[:: len(paths) // 8]:  # by the way a user goes, which reads the whole case each time
        told = scarplan.explain_number(demo_case, f"{verb}.{path}")
        assert (told["verb"], told["name"]) == (verb, path)
        assert told["how"] != ["how this is made has not been written down"], path


def test_explain_walks_to_a_source_for_what_a_clinician_sets_and_expects(demo_case: Path) -> None:
    for path in (
        "scars.0.depth_mm",
        "zones.0.end_point",
        "forecast.harms.erythema_days.q50",
        "forecast.scars.0.depth_mm.q50.3",
    ):
        found = scarplan.explain_number(demo_case, path)
        assert found["quantities"] or found["sources"], path


def test_cite_lists_what_was_used_and_nothing_else(demo_case: Path, results: dict[str, Any]) -> None:
    cited = {row["id"] for row in scarplan.cite_sources(demo_case)["sources"]}
    used = {source for verb in VERBS for source in results[verb]["manifest"]["sources"]}
    assert cited
    assert cited <= used
    assert len(cited) < len(all_sources())
