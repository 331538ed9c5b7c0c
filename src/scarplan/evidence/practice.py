"""Statements on how a session is done and what surrounds it, from `data/practice.toml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from scarplan.evidence.library import all_sources, read_data, source
from scarplan.evidence.quantity import Kind, Verification


@dataclass(frozen=True)
class Statement:
    """One statement with its sources; `record` is what to write down, `not_for` whom to leave out (adjuncts)."""

    id: str
    text: str
    kind: Kind
    sources: tuple[str, ...]
    verification: Verification
    record: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()

    @property
    def is_recommendation(self) -> bool:
        """Whether at least one source is strong enough and was read; otherwise print it as usual practice."""
        return self.verification != "memory" and any(not all_sources()[each].is_weak for each in self.sources)


def list_concepts() -> tuple[str, ...]:
    """Return the concepts that statements exist for."""
    return tuple(_statements())


def list_statements(concept: str) -> tuple[Statement, ...]:
    """Return the statements on `concept` and note their sources. Raises KeyError for an unknown concept."""
    if concept not in _statements():
        raise KeyError(f"no statements on {concept!r}; there are {', '.join(list_concepts())}")
    for statement in _statements()[concept]:
        for source_id in statement.sources:
            source(source_id)
    return _statements()[concept]


@cache
def _statements() -> dict[str, tuple[Statement, ...]]:
    return {
        concept: tuple(_make_statement(row) for row in rows) for concept, rows in read_data("practice.toml").items()
    }


def _make_statement(row: dict[str, Any]) -> Statement:
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Statement(**values)
