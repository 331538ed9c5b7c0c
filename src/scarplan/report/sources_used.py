"""The sources that the results of this case used, ranked from the strongest to the weakest."""

from __future__ import annotations

from dataclasses import dataclass

from scarplan.evidence.cite import RANK_WORDS
from scarplan.evidence.library import all_sources
from scarplan.evidence.source import SOURCE_RANKS, Source
from scarplan.report.results import CaseResults


@dataclass(frozen=True)
class RankedSources:
    """The sources of one rank."""

    rank: str
    words: str
    is_weak: bool
    sources: tuple[Source, ...]


def collect_source_ids(results: CaseResults) -> list[str]:
    """Return the ids of every source that a manifest, a finding, a reason or a published study of the case names."""
    found: set[str] = set()
    for _, result in results.present():
        found.update((result.get("manifest") or {}).get("sources") or ())
        found.update(_named_sources(result))
    return sorted(found)


def known_sources(ids: list[str]) -> list[str]:
    """Return those of `ids` that the library holds."""
    return [name for name in ids if name in all_sources()]


def rank_sources(ids: list[str]) -> tuple[RankedSources, ...]:
    """Return the known sources of `ids` by rank, the strongest first."""
    known = all_sources()
    ranked = []
    for rank in SOURCE_RANKS:
        rows = sorted((known[i] for i in ids if i in known and known[i].rank == rank), key=lambda s: s.id)
        if rows:
            ranked.append(RankedSources(rank, RANK_WORDS[rank].capitalize(), rows[0].is_weak, tuple(rows)))
    return tuple(ranked)


def _named_sources(value: object) -> set[str]:
    """Return every id under a key `sources`, and the ids of `published.studies`, anywhere in `value`."""
    found: set[str] = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "sources" and isinstance(inner, list):
                found.update(name for name in inner if isinstance(name, str))
            elif key == "studies" and isinstance(inner, list):
                found.update(row["id"] for row in inner if isinstance(row, dict) and isinstance(row.get("id"), str))
            else:
                found |= _named_sources(inner)
    elif isinstance(value, list):
        for inner in value:
            found |= _named_sources(inner)
    return found
