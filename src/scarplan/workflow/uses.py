"""`uses`: what needling is used for, what scarplan does about each, and what is known."""

from __future__ import annotations

from typing import Any

from scarplan.canonical import make_plain
from scarplan.evidence.cite import VERIFICATION_WORDS, cite
from scarplan.evidence.library import recording, source
from scarplan.indications import (
    ANSWER_WORDS,
    Evidence,
    Place,
    Region,
    Use,
    all_uses,
    answer_of_region,
    find_place,
    find_use,
    is_region,
)
from scarplan.manifest import make_manifest


def list_uses(name: str | None = None, *, region: str | None = None) -> dict[str, Any]:
    """Return every use of needling, or the one called `name`, with its answer, evidence and what is not known.

    `region` (face, neck, scalp, hands, body, or a zone) asks for the answer there; without it the answer is the
    one that holds in general. A `name` that is a region asks for all uses there.
    Raises BadInput with the nearest name.
    """
    if name is not None and region is None and is_region(name):
        name, region = None, name
    place = None if region is None else find_place(region)
    with recording() as used:
        uses = [find_use(name)] if name is not None else all_uses()
        described = [_describe(use, place.region if place else None) for use in uses]
        about_place = _describe_place(place) if place else None
    manifest = make_manifest("uses", inputs={}, quantities=used.quantities, sources=used.sources)
    return make_plain(
        {
            "asked": name,
            "region": place.region if place else None,
            "place": about_place,
            "uses": described,
            "answers": dict(ANSWER_WORDS),
            "manifest": manifest,
        }
    )


def _describe_place(place: Place) -> dict[str, Any]:
    answer = answer_of_region(place.region)
    return {
        "name": place.name,
        "answer": answer,
        "answer_in_words": ANSWER_WORDS[answer],
        "why": place.why,
        "not_known": place.unknown,
        "evidence": [_describe_evidence(each) for each in place.evidence],
    }


def _describe(use: Use, place: Region | None) -> dict[str, Any]:
    here = use if place is None else use.in_region(place)
    return {
        "id": use.id,
        "name": use.name,
        "answer": here.answer,
        "answer_in_words": ANSWER_WORDS[here.answer],
        "why": here.why,
        "what_to_do": here.what_to_do,
        "not_known": use.unknown,
        "evidence": [_describe_evidence(each) for each in use.evidence],
        "regions": [vars(use.in_region(region)) for region in use.regions],
        "other_names": list(use.aliases),
    }


def _describe_evidence(statement: Evidence) -> dict[str, Any]:
    found = [source(source_id) for source_id in statement.sources]
    return {
        "text": statement.text,
        "sources": [
            {"id": each.id, "text": cite(each), "rank": each.rank, "read": VERIFICATION_WORDS[each.verification]}
            for each in found
        ],
    }
