"""Cases for the tests of the leaflet: scanned, examined, barred, everything at its longest, and blank for paper."""

import copy
from functools import cache

import example_case
from reading import read_sections

from scarplan.aftercare import list_reasons_to_call, plan_aftercare
from scarplan.candidacy.rule import all_rules
from scarplan.report import CaseResults
from scarplan.report.leaflet import render_blank_leaflet, render_leaflet

KINDS = ("icepick", "boxcar_shallow", "boxcar_deep", "rolling", "raised", "other")
LONG_ZONES = (("nose_tip", None, 0.25), ("upper_lip", None, 0.75), ("jawline", "left", 1.25), ("trunk", None, 2.5))
SEVEN_RULES = (
    "fitzpatrick_IV_VI",
    "methaemoglobinaemia_g6pd_prilocaine",
    "recent_microneedling",
    "nsaid_perioperative",
    "hsv_history",
    "rosacea",
    "smoking",
)


def make_scanned():
    """Return the hand-made case with the aftercare that plans really carry."""
    results = example_case.make_results()
    results["plan"] |= usual_aftercare() | {"phone": "+31 70 000 0000", "status": "approved"}
    return results


def usual_aftercare():
    return {
        "aftercare": [day.model_dump(mode="json") for day in plan_aftercare()],
        "call_the_clinic": list(list_reasons_to_call()),
    }


def make_examined():
    """Return a case without a scan: counts by eye, a forecast by kind."""
    results = make_scanned()
    del results["scan"], results["scars"]
    counts = {"icepick": {"low": 3, "high": 3}, "rolling": {"low": 26, "high": 70}, "boxcar_shallow": None}
    counts |= {"boxcar_deep": {"low": 5, "high": 10}, "raised": {"low": 0, "high": 0}, "other": {"low": 0, "high": 0}}
    zone = {"zone": "cheek", "side": "left", "counts": {"rolling": {"low": 21, "high": 60}}, "stretch": "flattens"}
    results["assess"] = {
        "basis": "examination",
        "examined_on": "2026-03-02",
        "flat_marks": "some",
        "counts": counts,
        "zones": [zone],
        "manifest": copy.deepcopy(results["screen"]["manifest"]),
    }
    results["plan"] |= {"basis": "examination", "status": "draft"}
    results["forecast"] |= {"basis": "examination", "scars": [], "groups": []}
    results["screen"]["skin_type"] = None
    return results


def make_longest():
    """Return a case in which every part of the leaflet is as long as it gets."""
    results = make_examined()
    results["assess"]["counts"] = {kind: {"low": 126, "high": 170} for kind in KINDS}
    zone = results["plan"]["zones"][0]
    results["plan"] |= {
        "zones": [zone | {"zone": name, "side": side, "needle_length_mm": length} for name, side, length in LONG_ZONES],
        "device": {"id": "other", "name": "A device of the clinic's own with quite a long name, model 12"},
        "clinic_protocol": {"name": "Example", "date": "2026-01-15", "example": True},
        "phone": "+31 70 000 0000 from Monday to Friday, +31 70 000 0001 at night",
        "first": [{"kind": kind, "do": "-", "why": "-"} for kind in ("rolling", "icepick", "boxcar_deep", "raised")],
        "maintenance_days": 270,
    }
    results["forecast"]["published"]["responders"] |= {
        "definition": "improved by half or more, or had a good response",
        "studies": ["dogra2014", "idoj2024", "leelavathy2021"],
        "lowest_of_ten": 0,
        "highest_of_ten": 10,
        "raters": ["an observer who did not know the treatment", "the patients themselves", "an instrument"],
    }
    results["screen"] |= {
        "patient_id": "a-patient-with-the-longest-id-that-a-record-of-this-kind-may-have",
        "skin_type": 5,
    }
    finding = results["screen"]["findings"][0]
    results["screen"]["findings"] = [
        finding | {"rule": rule, "answer": "no" if rule.startswith("recent") else "yes"} for rule in SEVEN_RULES
    ]
    results["screen"]["findings"][2] |= {"level": "defer", "wait_until": "2026-09-30"}
    return results


def make_barred(decision):
    """Return a case whose screening says stop, wait or open, with a plan that must not be told."""
    results = make_longest() | {"screen": make_longest()["screen"] | {"decision": decision}}
    if decision == "wait":
        results["screen"]["earliest_date"] = "2026-09-30"
    results["plan"]["status"] = "not_cleared"
    return results


def every_finding():
    """Return one finding per rule and level, as many as screening can give and more."""
    finding = example_case.make_results()["screen"]["findings"][0]
    return [
        finding | {"rule": rule.id, "level": level}
        for rule in all_rules().values()
        if rule.answered_by != "technique"
        for level in ("contraindicated", "defer", "caution")
    ]


CASES = {
    "scanned": make_scanned,
    "examined": make_examined,
    "longest": make_longest,
    "stop": lambda: make_barred("stop"),
    "wait": lambda: make_barred("wait"),
    "open": lambda: make_barred("open"),
    "screened only": lambda: {"screen": make_scanned()["screen"]},
    "blank": lambda: None,
}


@cache
def render(name, language):
    """Return the page of one of CASES."""
    results = CASES[name]()
    if results is None:
        return render_blank_leaflet(language)
    return render_leaflet(CaseResults(**results), language=language)


def render_results(results, language, heading):
    """Return the blocks under `heading` of the leaflet of `results`."""
    return read_sections(render_leaflet(CaseResults(**results), language=language))[heading]
