"""A source in words: what it is, how strong it is, how far it was read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scarplan.evidence.library import all_sources
from scarplan.evidence.source import SOURCE_RANKS, Source

RANK_WORDS = {
    "label": "product label or regulator",
    "guideline": "guideline or consensus",
    "trial": "trial or study",
    "review": "review",
    "practice": "practice page (weak)",
    "machine": "machine-written page (weak)",
    "memory": "assumption or memory (weak)",
}
VERIFICATION_WORDS = {
    "full_text": "full text read",
    "table": "table read",
    "abstract": "abstract read",
    "excerpt": "part of the page read",
    "secondary": "quoted by another page",
    "derived": "worked out from others",
    "prototype": "prototype study",
    "memory": "from memory",
}


def name_source(source: Source) -> str:
    """Return `source` as title and doi or address."""
    place = f"doi:{source.doi}" if source.doi else source.address
    return ". ".join(part for part in (source.title.rstrip("."), place) if part)


def cite(source: Source) -> str:
    """Return `source` as one plain line: title, doi or address, how far it was read."""
    return f"{name_source(source)}. {VERIFICATION_WORDS[source.verification]}"


def main_id(source_id: str) -> str:
    """Return the id under which the document of `source_id` is cited (several ids may name one document)."""
    return all_sources()[source_id].same_as or source_id


def rank_sources(source_ids: Iterable[str]) -> tuple[Source, ...]:
    """Return the sources of `source_ids`, each document once, the strongest first, then by id.

    Ids that the library does not know are left out.
    """
    known = all_sources()
    unique = {main_id(source_id) for source_id in source_ids if source_id in known}
    return tuple(sorted((known[i] for i in unique), key=lambda s: (SOURCE_RANKS.index(s.rank), s.id)))


def describe_source(source: Source) -> dict[str, Any]:
    """Return `source` as it is written into results."""
    return {
        "id": source.id,
        "text": cite(source),
        "title": source.title,
        "rank": source.rank,
        "rank_in_words": RANK_WORDS[source.rank],
        "is_weak": source.is_weak,
        "verification": source.verification,
        "doi": source.doi or None,
        "address": source.address or None,
        "note": source.note or None,
    }
