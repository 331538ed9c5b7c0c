"""Figures in texts: a text never holds a number of its own, it names where the number stands.

{planning.sessions_usual}                       the value of a quantity
{planning.co2_success_ratio|range}              its published range: 1.01 to 1.2
{planning.cream_minor_area_cm2|span}            a value that is a pair: 20 to 25
{response.smoker_yield|percent}                 a share of 1, in percent: 80
{dogra2014/patients}                            people in a trial or review; `studies` of a review
{dogra2014/mn/pih}                              people with a harm in an arm: 5 of 30
{idoj2024/mn/goodman_baron_qualitative}         percent improvement of an arm on an instrument, latest follow-up
{idoj2024/mn/percent_improvement_rated|rolling} the same for a kind of scar; `|30` for a day after the last session
{majid2009/mn/goodman_baron_qualitative|any}    people who reached a threshold: 34 of 36
{co2_needling_meta2026/pih}                     a pooled result with its interval: 3.04 (1.49 to 6.21); `|i2` for I2
"""

from __future__ import annotations

import re
from typing import Any

from scarplan.evidence.library import quantity, source
from scarplan.evidence.trials import THRESHOLD_WORDS, Change, Synthesis, Trial, all_syntheses, all_trials

_QUANTITY = re.compile(r"\{(?P<name>[a-z_]+\.[a-z0-9_]+)(?:\|(?P<form>range|span|percent))?\}")
_STUDY = re.compile(r"\{(?P<study>[a-z0-9_]+)/(?P<what>[a-z0-9_ /]+)(?:\|(?P<form>[a-z0-9_]+))?\}")


def fill_figures(text: str) -> str:
    """Return `text` with every name in braces replaced by its figure.

    Notes what it used (see `recording`). Raises KeyError for a quantity, study or figure that does not exist.
    """
    return _STUDY.sub(_say_study, _QUANTITY.sub(_say_quantity, text))


def fill_texts(value: Any) -> Any:
    """Return inert data (texts, lists, tables) with its figures filled in; `sources` of tables are noted as used."""
    if isinstance(value, str):
        return fill_figures(value)
    if isinstance(value, list):
        return [fill_texts(item) for item in value]
    if isinstance(value, dict):
        filled = {key: fill_texts(item) for key, item in value.items()}
        for source_id in filled.get("sources", ()):
            source(source_id)
        return filled
    return value


def drop_figures(text: str) -> str:
    """Return `text` without its names in braces: what is left must hold no figure."""
    return _STUDY.sub("", _QUANTITY.sub("", text))


def write_figure(value: float) -> str:
    """Return a number as it is printed: no trailing zeros, a true minus sign."""
    return f"{value:g}".replace("-", "−")


def _say_quantity(place: re.Match[str]) -> str:
    found = quantity(place["name"])
    if place["form"] == "range":
        if found.low is None or found.high is None:
            return "range unknown"
        return f"{write_figure(found.low)} to {write_figure(found.high)}"
    if place["form"] == "span":
        low, high = found.value
        return f"{write_figure(low)} to {write_figure(high)}"
    return write_figure(round(100 * found.value, 1) if place["form"] == "percent" else found.value)


def _say_study(place: re.Match[str]) -> str:
    study_id, what, form = place["study"], place["what"], place["form"]
    study: Trial | Synthesis | None = all_trials().get(study_id) or all_syntheses().get(study_id)
    if study is None:
        raise KeyError(f"no trial or review is called {study_id!r}")
    source(study_id)
    said = _say_size(study, what)
    if said is None:
        said = _say_pooled(study, what, form) if isinstance(study, Synthesis) else _say_arm(study, what, form)
    if said is None:
        raise KeyError(f"{study_id!r} has no figure {what!r}" + (f" as {form!r}" if form else ""))
    return said


def _say_size(study: Trial | Synthesis, what: str) -> str | None:
    count = getattr(study, what, None) if what in ("patients", "studies") else None
    return None if count is None else write_figure(count)


def _say_pooled(review: Synthesis, outcome: str, form: str | None) -> str | None:
    for result in review.results:
        if result.outcome == outcome:
            if form == "i2":
                return None if result.i2 is None else write_figure(result.i2)
            bounds = () if result.low is None or result.high is None else (result.low, result.high)
            interval = f" ({' to '.join(map(write_figure, bounds))})" if bounds else ""
            return write_figure(result.value) + interval
    return None


def _say_arm(trial: Trial, what: str, form: str | None) -> str | None:
    arm, _, name = what.partition("/")
    if form in THRESHOLD_WORDS:
        for reached in trial.responders:
            if (reached.arm, reached.instrument, reached.at_least) == (arm, name, form):
                return f"{reached.count} of {reached.of}"
        return None
    changes = [row for row in trial.changes if (row.arm, row.instrument) == (arm, name) and _is_about(row, form)]
    if changes:
        latest = max(changes, key=lambda row: row.days_after_last or 0)
        return write_figure(round(100 * latest.improvement, 1))
    return next((f"{harm.count} of {harm.of}" for harm in trial.harms if (harm.arm, harm.event) == (arm, name)), None)


def _is_about(change: Change, form: str | None) -> bool:
    """Whether this row is the one asked for: of all scars, of one kind, or on one day after the last session."""
    if form is None:
        return not change.scar_types
    if form.isdigit():
        return not change.scar_types and change.days_after_last == int(form)
    return change.scar_types == (form,)
