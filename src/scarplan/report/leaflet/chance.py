"""Will it help scars like mine: how many of ten were helped, who judged, the published range, and the kinds found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scarplan.evidence.library import source
from scarplan.evidence.published import RATER_WORDS, published_range
from scarplan.evidence.trials import THRESHOLD_WORDS
from scarplan.examination import is_open_class
from scarplan.report.leaflet.wording import Wording
from scarplan.report.results import CaseResults

#: From the kind that answers best to the one that answers least, then what is not needled.
KINDS = ("rolling", "boxcar_shallow", "boxcar", "boxcar_deep", "icepick", "raised", "other")
_GENERAL = ("rolling", "boxcar_shallow", "boxcar_deep", "icepick", "raised")
_DENTS = ("rolling", "boxcar_shallow", "boxcar", "boxcar_deep", "icepick")
#: What the words on each kind rest on; the two studies disagree on shallow boxcar scars.
_STUDIES_OF_KINDS = ("idoj2024", "leelavathy2021")
_BLIND = (RATER_WORDS["blinded"], RATER_WORDS["instrument"])


@dataclass(frozen=True)
class KindLine:
    """One kind of scar: what it is and how many, and what may be hoped for."""

    what: str
    hope: str


@dataclass(frozen=True)
class Count:
    """How many scars of one kind; None where nobody counted, `is_open` where there may be more than `high`."""

    low: int | None = None
    high: int | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Chance:
    """`of_ten` is None where no study gives it; `picture` says the icons in words."""

    of_ten: int | None
    picture: str
    counted: tuple[str, ...]
    facts: tuple[str, ...]
    found: str
    kinds: tuple[KindLine, ...]
    notes: tuple[str, ...]


def describe_chance(results: CaseResults, wording: Wording) -> Chance:
    """Return what studies found and which kinds this patient has; without a forecast the studies of everybody."""
    published = (results.forecast or {}).get("published")
    if published is None:
        published = published_range(skin_type=(results.screen or {}).get("skin_type")).to_result()
    responders = published.get("responders") or {}
    of_ten = responders.get("of_ten")
    found, kinds, notes = _describe_kinds(results, wording)
    facts = [*(_tell_study(responders, wording) if of_ten is not None else ()), _tell_range(published, wording)]
    if of_ten is not None:
        facts.append(wording.say("help.nobody"))
    return Chance(
        of_ten=of_ten,
        picture="" if of_ten is None else wording.say("help.picture", helped=of_ten),
        counted=() if of_ten is None else _tell_both_ways(of_ten, wording),
        facts=tuple(fact for fact in facts if fact) or (wording.say("help.none"),),
        found=found,
        kinds=kinds,
        notes=notes,
    )


def _tell_both_ways(of_ten: int, wording: Wording) -> tuple[str, ...]:
    return (
        wording.say("help.helped", helped=of_ten),
        wording.say("help.not_helped", not_helped=10 - of_ten),
    )


def _tell_study(responders: Mapping[str, Any], wording: Wording) -> list[str]:
    studies, people = len(responders.get("studies") or ()), responders.get("n")
    told = [wording.say(f"help.means_{_threshold_of(responders)}")]
    if people and studies:
        key = "people" if studies > 1 else "people_one"
        told.append(wording.say(f"help.{key}", studies=studies, people=people))
    elif people:
        told.append(wording.say("help.people_only", people=people))
    low, high = responders.get("lowest_of_ten"), responders.get("highest_of_ten")
    if low is not None and high is not None and high > low:
        told.append(wording.say("help.spread", low=low, high=high))
    return told + _tell_judges(responders.get("raters") or (), wording)


def _threshold_of(responders: Mapping[str, Any]) -> str:
    """Return the id of the threshold that counted as helped; a definition of another hand counts as the lowest."""
    definition = responders.get("definition")
    return next((id for id, words in THRESHOLD_WORDS.items() if words == definition), "any")


def _tell_judges(raters: tuple[str, ...] | list[str], wording: Wording) -> list[str]:
    """Return who judged; studies that do not say so are told as such."""
    blind = sum(rater in _BLIND for rater in raters)
    patients = [wording.say("help.judge_patients")] if RATER_WORDS["patient"] in raters else []
    if not blind:
        return [wording.say("help.judge_unsaid"), *patients]
    if blind == len(raters):
        return [wording.say("help.judge_all_blind")]
    return [wording.say("help.judge_blind", blind=blind, studies=len(raters)), *patients]


def _tell_range(published: Mapping[str, Any], wording: Wording) -> str:
    low, high = published.get("low_percent"), published.get("high_percent")
    if low is None or high is None:
        return ""
    ends = wording.number(low), wording.number(high)
    return wording.say("help.range" if ends[0] != ends[1] else "help.range_one", low=ends[0], high=ends[1])


def _describe_kinds(results: CaseResults, wording: Wording) -> tuple[str, tuple[KindLine, ...], tuple[str, ...]]:
    """Return the heading, a line per kind, and what must be added."""
    for study in _STUDIES_OF_KINDS:
        source(study)
    counts, basis = _read_counts(results)
    if basis is None:
        general = tuple(_line_of(kind, None, wording) for kind in _GENERAL)
        asked = any((results.screen, results.plan, results.scan))
        return wording.say("help.found_nothing" if asked else "help.found_general"), general, ()
    notes = []
    if basis == "scan" and not results.is_reviewed:
        notes.append(wording.say("help.unchecked"))
    if (results.assess or {}).get("flat_marks") == "some":
        notes.append(wording.say("help.flat_too"))
    if not any(kind in counts for kind in _DENTS):
        notes.insert(0, wording.say("help.no_dents"))
    lines = tuple(_line_of(kind, counts[kind], wording) for kind in KINDS if kind in counts)
    heading = wording.say("help.found_scan" if basis == "scan" else "help.found_examined") if lines else ""
    return heading, lines, tuple(notes)


def _read_counts(results: CaseResults) -> tuple[dict[str, Count], str | None]:
    """Return the count by kind, without kinds of which none were found, and where the counts come from."""
    if results.scars is not None:
        found = {kind: Count(int(number), int(number)) for kind, number in results.scars["counts"].items() if number}
        return found, "scan"
    if results.assess is None:
        return {}, None
    counts = results.assess["counts"]
    if all(count is None for count in counts.values()):
        return {}, None
    return {
        kind: Count() if count is None else Count(count["low"], count["high"], _is_open(kind, results.assess))
        for kind, count in counts.items()
        if count is None or count["high"] > 0
    }, "examination"


def _is_open(kind: str, assess: Mapping[str, Any]) -> bool:
    """Whether a zone has the class without an end, "over 20", of which a plan assumes an end."""
    in_zones = [zone["counts"].get(kind) for zone in assess.get("zones") or ()]
    return any(count and is_open_class(count["low"], count["high"]) for count in in_zones)


def _line_of(kind: str, count: Count | None, wording: Wording) -> KindLine:
    what, hope = wording.say(f"kind.{kind}"), wording.say(f"kind.{kind}_hope")
    if count is None:
        return KindLine(what=wording.say("count.line_general", what=what), hope=hope)
    return KindLine(what=wording.say("count.line", what=what, count=_say_count(count, wording)), hope=hope)


def _say_count(count: Count, wording: Wording) -> str:
    if count.low is None:
        return wording.say("count.unknown")
    if count.is_open:
        return wording.say("count.over", low=count.low)
    key = "exact" if count.low == count.high else "range"
    return wording.say(f"count.{key}", low=count.low, high=count.high)
