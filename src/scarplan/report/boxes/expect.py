"""Box 4: one sentence with the published range and a natural frequency, and when to judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scarplan.report.results import CaseResults
from scarplan.report.wording import MODEL_NOTICE, say_change, start_sentence, write_number, write_range, write_span


@dataclass(frozen=True)
class ExpectBox:
    """The sentence, the natural frequency, when to judge, and the model's own number.

    `of_ten` is None where unknown; `of_ten_range` is its range between trials in words.
    """

    sentence: str
    of_ten: int | None
    of_ten_range: str
    judge: str
    model: str
    model_notice: str = MODEL_NOTICE


def describe_expectation(results: CaseResults) -> ExpectBox:
    """Return box 4 from the forecast; the model's number is always marked as not validated."""
    forecast = results.forecast
    if forecast is None and results.rest is not None:
        return ExpectBox(_expect_of_rest(results, results.rest), None, "", _judge_of_rest(results), "")
    if forecast is None:
        return ExpectBox(sentence=_why_no_forecast(results), of_ten=None, of_ten_range="", judge="", model="")
    published = forecast.get("published") or {}
    responders = published.get("responders") or {}
    return ExpectBox(
        sentence=state_published_range(published),
        of_ten=responders.get("of_ten"),
        of_ten_range=_range_between_trials(responders),
        judge=state_when_to_judge(results),
        model=_model_in_words(forecast),
    )


def state_published_range(published: dict[str, Any]) -> str:
    """Return the published range and its natural frequency as one sentence."""
    low, high = published.get("low_percent"), published.get("high_percent")
    if low is None or high is None:
        return start_sentence(published.get("sentence") or "No published trial is like this patient")
    studies = len(published.get("studies") or ())
    where = f"In {studies} groups of published trials" if studies > 1 else "In the one published trial"
    middle = published.get("median_percent")
    sentence = f"{where}, scars improved by {write_range(low, high)} %"
    if middle is not None and studies > 1:
        sentence += f" (middle {write_number(middle, 0)} %)"
    responders = published.get("responders") or {}
    if responders.get("of_ten") is not None:
        sentence += f"; about {responders['of_ten']} of 10 people {_as_verb(responders.get('definition'))}"
    return start_sentence(sentence)


def state_when_to_judge(results: CaseResults) -> str:
    """Return when the result may be judged."""
    days = (results.plan or {}).get("judge_after_days")
    if days:
        return f"Judge {write_span(days)} after the last session, not before."
    day = (results.forecast or {}).get("judge_day")
    return f"Judge {write_span(day)} after the first session, not before." if day else ""


def _range_between_trials(responders: dict[str, Any]) -> str:
    low, high = responders.get("lowest_of_ten"), responders.get("highest_of_ten")
    return "" if low is None or high is None else write_range(low, high)


def _as_verb(definition: str | None) -> str:
    words = (definition or "improved clearly").strip().rstrip(".")
    return words if words.split(" ")[0].endswith("ed") or words.startswith(("had", "have")) else f"reached “{words}”"


def _model_in_words(forecast: dict[str, Any]) -> str:
    if (change := (forecast.get("total") or {}).get("percent_change")) and forecast.get("basis") == "examination":
        return f"dents on average {say_change(change)} by then"
    depth = (forecast.get("total") or {}).get("depth_mm") or {}
    days = forecast.get("days") or []
    day = forecast.get("judge_day")
    if not depth.get("q50") or day is None or not days:
        return ""
    at = min(range(len(days)), key=lambda i: abs(days[i] - day))
    before, after = depth["q50"][0], depth["q50"][at]
    if before is None or after is None:
        return ""
    band = write_range(depth["q05"][at], depth["q95"][at], 2)
    return f"mean visible depth {write_number(before)} mm now, {write_number(after)} mm ({band}) by then"


def _expect_of_rest(results: CaseResults, rest: dict[str, Any]) -> str:
    """Return what this plan brings beside stopping now, by the patient's own forecast, which no trial has."""
    left = rest["left_percent"]
    now = next((row for row in (results.replan or {})["offers"] if row["offer"] == "stop_now"), None)
    beside = (
        "" if now is None else f", against {write_number(now['left_percent']['q50'], 0)} % without further sessions"
    )
    band = write_range(left["q05"], left["q95"], 0, "%")
    return (
        f"By this patient's own forecast {write_number(left['q50'], 0)} % of the depth before the course is left "
        f"(90 % interval {band}){beside}; {MODEL_NOTICE}."
    )


def _judge_of_rest(results: CaseResults) -> str:
    return f"{state_when_to_judge(results)} How the course goes so far stands under Course."


def _why_no_forecast(results: CaseResults) -> str:
    if results.plan is None:
        return "Nothing can be expected yet: a forecast needs a plan."
    if results.plan.get("continues"):
        return "This plan is for the rest of a course: what to expect of it is in the forecast of `scarplan update`."
    return "No forecast yet: run `scarplan forecast`."
