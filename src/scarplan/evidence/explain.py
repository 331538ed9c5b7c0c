"""From a printed number to its source: number, how it was made, the quantities behind it, where each was read."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scarplan.evidence.cite import VERIFICATION_WORDS, cite, describe_source, name_source, rank_sources
from scarplan.evidence.library import quantity, source
from scarplan.evidence.lineage import LineageRow, find_row, walk_leaves
from scarplan.evidence.quantity import Quantity
from scarplan.evidence.source import Source

#: A path that names a whole branch of a result is explained by at most so many rows.
_MOST_ROWS = 12
_LONGEST_VALUE = 80
#: A number that rests on more quantities than this is summed up, a line for each; in full they fill pages.
_MOST_IN_FULL = 8
_UNEXPLAINED = "how this is made has not been written down"


@dataclass(frozen=True)
class Explanation:
    """One printed number (or one quantity) with everything behind it.

    `rows` say how it was made; `quantities` are the published or assumed numbers it rests on; `sources` are those that
    the result itself names beside the number.
    """

    name: str
    verb: str | None
    value: Any
    rows: tuple[LineageRow, ...]
    quantities: tuple[Quantity, ...]
    sources: tuple[Source, ...]
    also_in: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The explanation as plain text, every quantity with its source."""
        return self._write([line for each in self.quantities for line in _quantity_lines(each)])

    @property
    def summary(self) -> str:
        """The same with a line for each quantity where there are many."""
        if len(self.quantities) <= _MOST_IN_FULL:
            return self.text
        kinds = Counter(each.kind for each in self.quantities)
        said = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
        lines = [f"    {len(self.quantities)} quantities: {said}; `--all` tells each with its meaning and source"]
        return self._write([*lines, *(f"    {_quantity_line(each)}  [{each.source}]" for each in self.quantities)])

    def _write(self, quantity_lines: Sequence[str]) -> str:
        lines = [f"{self.name} = {_shorten(self.value)}" + (f"   (from `{self.verb}`)" if self.verb else "")]
        if self.verb and not self.rows:
            lines.append(f"  {_UNEXPLAINED}")
        for row in self.rows:
            lines += _row_lines(row)
        if self.quantities:
            lines += ["  rests on:", *quantity_lines]
        if self.sources:
            lines.append("  sources named beside it:")
            lines += [f"    [{each.rank}] {cite(each)}" for each in self.sources]
        if self.also_in:
            lines.append(
                f"  the same path exists in: {', '.join(self.also_in)} (write `{self.also_in[0]}.{self.name}`)"
            )
        return "\n".join(lines)

    def to_result(self) -> dict[str, Any]:
        """Return the explanation as it is written into results."""
        return {
            "name": self.name,
            "verb": self.verb,
            "value": self.value,
            "text": self.text,
            "summary": self.summary,
            "how": [row.how for row in self.rows] or ([_UNEXPLAINED] if self.verb else []),
            "made_by": list(dict.fromkeys(row.made_by for row in self.rows if row.made_by)),
            "from_files": list(dict.fromkeys(name for row in self.rows for name in row.from_files)),
            "quantities": [_describe_quantity(each) for each in self.quantities],
            "sources": [describe_source(each) for each in self.sources],
            "also_in": list(self.also_in),
        }


def explain_path(result: Mapping[str, Any], verb: str, path: str, *, also_in: Iterable[str] = ()) -> Explanation | None:
    """Explain the value at the dotted `path` of the result of `verb`; None where there is no such path."""
    found = find_value(result, path)
    if found is None:
        return None
    parts, value = found
    rows = _rows_of(verb, parts, value)
    used: set[str] = set((result.get("manifest") or {}).get("quantities") or ())
    names = dict.fromkeys(name for row in rows for name in _expand(row.quantities, used))
    return Explanation(
        name=path,
        verb=verb,
        value=value,
        rows=rows,
        quantities=tuple(quantity(name) for name in names),
        sources=rank_sources(_sources_beside(result, parts)),
        also_in=tuple(also_in),
    )


def explain_quantity(name: str) -> Explanation:
    """Explain the quantity called `name`. Raises KeyError with the nearest name."""
    found = quantity(name)
    return Explanation(name=name, verb=None, value=found.value, rows=(), quantities=(found,), sources=())


def find_value(result: Any, path: str) -> tuple[tuple[str, ...], Any] | None:
    """Return the parts and the value at the dotted `path`, None where there is none. A key may hold dots itself."""
    if not path:
        return (), result
    words = path.split(".")
    if isinstance(result, list):
        index = int(words[0]) if words[0].isdecimal() else len(result)
        if index >= len(result):
            return None
        rest = find_value(result[index], ".".join(words[1:]))
        return None if rest is None else ((words[0], *rest[0]), rest[1])
    if isinstance(result, Mapping):
        for length in range(1, len(words) + 1):
            key = ".".join(words[:length])
            rest = find_value(result[key], ".".join(words[length:])) if key in result else None
            if rest is not None:
                return (key, *rest[0]), rest[1]
    return None


def _rows_of(verb: str, parts: tuple[str, ...], value: Any) -> tuple[LineageRow, ...]:
    below = (find_row(verb, parts + rest) for rest, _ in walk_leaves(value))
    return tuple(dict.fromkeys(row for row in below if row is not None))[:_MOST_ROWS]


def _expand(patterns: Iterable[str], used: set[str]) -> list[str]:
    names: list[str] = []
    for pattern in patterns:
        names += sorted(fnmatch.filter(used, pattern)) if "*" in pattern else [pattern]
    return names


def _sources_beside(result: Mapping[str, Any], parts: tuple[str, ...]) -> list[str]:
    """Return the ids in the nearest `sources` list of the objects that hold the value."""
    holders: list[Any] = [result]
    for part in parts:
        inner = holders[-1]
        holders.append(inner[int(part)] if isinstance(inner, list) else inner[part])
    for holder in reversed(holders):
        named = holder.get("sources") if isinstance(holder, Mapping) else None
        if isinstance(named, list) and all(isinstance(each, str) for each in named):
            return named
    return []


def _row_lines(row: LineageRow) -> list[str]:
    lines = [f"  {row.how}"]
    if row.made_by:
        lines.append(f"    made by {row.made_by}")
    if row.from_files:
        lines.append(f"    from {', '.join(row.from_files)}")
    return lines


def _quantity_line(row: Quantity) -> str:
    bounds = f" (range {row.low:g} to {row.high:g})" if row.low is not None and row.high is not None else ""
    unit = "" if row.unit == "1" else f" {row.unit}"
    return f"{row.name} = {_shorten(row.value)}{unit}{bounds}, {row.kind}"


def _quantity_lines(row: Quantity) -> list[str]:
    lines = [f"    {_quantity_line(row)}", f"      {row.meaning}"]
    origin = source(row.source)
    where = "" if row.locator == "-" else f"; where: {row.locator}"
    lines.append(f"      [{origin.rank}] {name_source(origin)}{where}; {VERIFICATION_WORDS[row.verification]}")
    if row.note:
        lines.append(f"      note: {row.note}")
    return lines


def _describe_quantity(row: Quantity) -> dict[str, Any]:
    return {
        "name": row.name,
        "value": row.value,
        "unit": row.unit,
        "kind": row.kind,
        "meaning": row.meaning,
        "locator": row.locator,
        "verification": row.verification,
        "low": row.low,
        "high": row.high,
        "note": row.note or None,
        "source": describe_source(source(row.source)),
    }


def _shorten(value: Any) -> str:
    text = "unknown" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + "..."
