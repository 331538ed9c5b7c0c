"""`explain`: walk from a printed number of a case to how it was made and where its quantities were read."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from scarplan.canonical import make_plain
from scarplan.errors import BadInput, MissingStep
from scarplan.evidence.explain import Explanation, explain_path, explain_quantity, find_value
from scarplan.evidence.library import all_quantities, recording
from scarplan.evidence.lineage import walk_leaves
from scarplan.manifest import make_manifest
from scarplan.records.case import Case, result_name

#: Where a path is looked for, in this order; the same path as a single value comes before one that is a branch.
SEARCHED_VERBS = ("forecast", "plan", "scars", "scan", "assess", "follow_up", "photo", "outcomes", "screen", "report")
_NEAREST_SHOWN = 3


def explain_number(case_path: str | Path, name: str) -> dict[str, Any]:
    """Return the explanation of `name`: a dotted path of any result of the case, or a quantity.

    A path may start with its verb (`plan.zones.0.needle_length_mm`). Raises BadInput with the nearest names for an
    unknown one, MissingStep where the case has no result yet, StaleResult where the result no longer holds.
    """
    case = Case(case_path)
    case.require()
    results = {v: case.read_result(v, allow_stale=True) for v in SEARCHED_VERBS if case.has_result(v)}
    with recording() as used:
        explanation = _explain(case, results, name.strip())
    inputs = case.hashes(result_name(explanation.verb)) if explanation.verb else {}
    manifest = make_manifest("explain", inputs=inputs, quantities=used.quantities, sources=used.sources)
    return make_plain(explanation.to_result() | {"manifest": manifest})


def _explain(case: Case, results: dict[str, Any], name: str) -> Explanation:
    places = _find_places(results, name)
    if places:
        verb, path = places[0]
        case.check_fresh(verb, results[verb])
        others = [other for other, same in places[1:] if other != verb and same == path]
        explanation = explain_path(results[verb], verb, path, also_in=others)
        if explanation is not None:
            return explanation
    if name in all_quantities():
        return explain_quantity(name)
    if not results:
        raise MissingStep(
            f"the case {case.root} has no result yet, so there is nothing to explain",
            code="E-EXPL-002",
            do=f"run `scarplan screen {case.root} --patient patient.toml` or `scarplan scan FILE {case.root}` first",
        )
    near = _nearest_names(results, name)
    raise BadInput(
        "no number of this case and no quantity is called so" + (f"; nearest: {', '.join(near)}" if near else ""),
        code="E-EXPL-001",
        got=name,
        allowed="a dotted path from any --json, such as scars.0.depth_mm, or the name of a quantity",
        do=f"look for it with `scarplan {next(iter(results))} ... --json`",
    )


def _find_places(results: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """Return (verb, path) for every result that holds `name`: with its verb in front first, single values next."""
    places: list[tuple[bool, bool, str, str]] = []
    first, _, rest = name.partition(".")
    for verb, result in results.items():
        if verb == first and rest and find_value(result, rest) is not None:
            places.append((False, False, verb, rest))
        found = find_value(result, name) if name else None
        if found is not None:
            places.append((True, isinstance(found[1], dict | list), verb, name))
    places.sort(key=lambda place: place[:2])
    return [(verb, path) for _, _, verb, path in places]


def _nearest_names(results: dict[str, Any], name: str) -> list[str]:
    paths = {f"{verb}.{path}": path for verb, result in results.items() for path in _walk_paths(result)}
    known = dict.fromkeys([*paths.values(), *paths, *all_quantities()])
    return difflib.get_close_matches(name, known, n=_NEAREST_SHOWN, cutoff=0.5)


def _walk_paths(result: dict[str, Any]) -> list[str]:
    """Return the paths of the single values of a result, of each list the first item only."""
    leaves = walk_leaves({key: value for key, value in result.items() if key != "manifest"})
    return [".".join(parts) for parts, _ in leaves if not any(part.isdecimal() and part != "0" for part in parts)]
