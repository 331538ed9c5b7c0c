"""`cite`: the sources that the results of a case used, and only those, the strongest first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scarplan.canonical import make_plain
from scarplan.errors import MissingStep
from scarplan.evidence.cite import describe_source, main_id, rank_sources
from scarplan.evidence.library import all_sources
from scarplan.manifest import make_manifest
from scarplan.records.case import Case, result_name

CITED_VERBS = ("screen", "scan", "scars", "assess", "follow_up", "photo", "outcomes", "plan", "forecast", "report")


def cite_sources(case_path: str | Path) -> dict[str, Any]:
    """Return the sources named in the manifests of the results that the case has.

    Each carries `used_by`, the verbs that used it. Raises MissingStep where the case has no result at all.
    """
    case = Case(case_path)
    case.require()
    manifests = {
        verb: case.read_result(verb, allow_stale=True)["manifest"] for verb in CITED_VERBS if case.has_result(verb)
    }
    if not manifests:
        raise MissingStep(
            f"the case {case.root} has no result yet, so no source was used",
            code="E-CITE-001",
            do=f"run `scarplan screen {case.root} --patient patient.toml` or `scarplan scan FILE {case.root}` first",
        )
    used_by: dict[str, list[str]] = {}
    for verb, manifest in manifests.items():
        for source_id in manifest["sources"]:
            if source_id in all_sources():
                verbs = used_by.setdefault(main_id(source_id), [])
                verbs += [verb] if verb not in verbs else []
    sources = rank_sources(used_by)
    return make_plain(
        {
            "sources": [describe_source(each) | {"used_by": used_by[each.id]} for each in sources],
            "results": list(manifests),
            "weak": sum(each.is_weak for each in sources),
            "manifest": make_manifest(
                "cite", inputs=case.hashes(*map(result_name, manifests)), sources=[each.id for each in sources]
            ),
        }
    )
