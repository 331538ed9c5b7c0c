"""Aftercare by day and when to call the clinic."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.evidence.figures import fill_texts
from scarplan.records.plan import AftercareDay, Reason


def plan_aftercare() -> tuple[AftercareDay, ...]:
    """Return what to expect, do and avoid, day by day."""
    texts = _read_texts()
    return tuple(AftercareDay(**day, sources=tuple(texts["sources"])) for day in texts["day"])


def list_reasons_to_call() -> tuple[str, ...]:
    """Return what a patient calls the clinic for."""
    return tuple(_read_texts()["call_the_clinic"])


def explain_aftercare() -> Reason:
    """Return how far the aftercare is carried by sources."""
    texts = _read_texts()
    return Reason(text=f"aftercare: {texts['note']}", sources=tuple(texts["sources"]))


def _read_texts() -> dict[str, Any]:
    """Return the texts with every figure filled in and every source noted as used."""
    return fill_texts(tomllib.loads(_read_file()))


@cache
def _read_file() -> str:
    return files("scarplan.aftercare").joinpath("data", "days.toml").read_text("utf-8")
