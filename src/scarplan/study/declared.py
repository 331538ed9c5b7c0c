"""What was declared, kept beside the data: its hash from the first analysis on, and every amendment with its reason.

`declaration.json` is written at the first analysis (or before it, when there are no data yet). A plan with another
hash is refused after that. An amendment keeps the old hash, who made it and why, and every later result shows it.

The last result tells of the declaration too, so that one that was deleted or edited since is noticed. Who deletes both
starts anew; then the page says that the plan was kept only with the analysis, and so was not declared before it.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scarplan.canonical import dump_json, hash_content, make_plain
from scarplan.errors import BadInput, Refused
from scarplan.records.study_plan import StudyPlan

FILE = "declaration.json"
#: When a plan was first kept -> what that says of it.
KEPT = {
    "before_data": "",
    "with_data": "the plan was kept when data were there already: nothing here shows that it was made without them",
    "with_analysis": "the plan was kept only with the first analysis: nothing here shows that it was declared before",
}


def declare(
    folder: Path,
    plan: StudyPlan,
    *,
    data_sha256: str | None,
    has_data: bool,
    last: Mapping[str, Any] | None = None,
    amended_by: str | None = None,
    reason: str | None = None,
    on: datetime.date | None = None,
) -> dict[str, Any]:
    """Return the declaration as it stands with this plan and these data. `data_sha256` None: nothing analysed yet.

    `has_data`: whether the data are there already; `last`: the declaration in the last result, if there is one.

    Raises Refused where the plan was changed after data were analysed and no amendment is given, BadInput for an
    amendment without name, reason or change, and for a declaration that is not the one of the last result.
    """
    digest = hash_content(plan)
    kept = _read(folder / FILE)
    if last is not None:
        _check_same(kept, last)
    if (amended_by is None) != (reason is None):
        raise BadInput(
            "an amendment needs a name and a reason",
            code="E-STUDY-010",
            do="--amend 'Dr A. Example' --reason 'why the plan had to change'",
        )
    if kept is None or (not kept["analysed"] and kept["hash"] != digest and reason is None):
        when = "with_analysis" if data_sha256 is not None else "with_data" if has_data else "before_data"
        kept = {"hash": digest, "kept": when, "analysed": [], "amendments": []}
    if kept["hash"] != digest:
        if reason is None or amended_by is None or not reason.strip() or not amended_by.strip():
            raise _changed(kept, digest)
        else:
            kept["amendments"].append(
                {
                    "from": kept["hash"],
                    "to": digest,
                    "by": amended_by.strip(),
                    "reason": reason.strip(),
                    "on": make_plain(on),
                }
            )
            kept["hash"] = digest
    elif reason is not None:
        raise BadInput(
            "the plan is the one that was declared, so there is nothing to amend",
            code="E-STUDY-011",
            do="leave out --amend and --reason",
        )
    if data_sha256 is not None and data_sha256 not in kept["analysed"]:
        kept["analysed"].append(data_sha256)
    return {
        "declared_by": plan.declared_by,
        "declared_on": make_plain(plan.declared_on),
        **kept,
        "plan": make_plain(plan),
    }


def write_declaration(declaration: dict[str, Any]) -> bytes:
    """Return the bytes of `declaration.json`."""
    return (dump_json(declaration, indent=1) + "\n").encode()


def _read(path: Path) -> dict[str, Any] | None:
    try:
        kept = json.loads(path.read_text("utf-8"))
        if hash_content(kept["plan"]) != kept["hash"]:
            raise ValueError
        return {
            "hash": str(kept["hash"]),
            "kept": {when: when for when in KEPT}[kept["kept"]],
            "analysed": [str(each) for each in kept["analysed"]],
            "amendments": [dict(each) for each in kept["amendments"]],
        }
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(
            f"{path} cannot be read or is damaged, so it cannot be told whether the plan was changed",
            code="E-STUDY-012",
            do="put it back from a copy",
        ) from None


def _check_same(kept: Mapping[str, Any] | None, last: Mapping[str, Any]) -> None:
    """Raise BadInput where the declaration kept does not go on from the one that the last result tells of."""
    is_same = kept is not None and (
        set(last["analysed"]) <= set(kept["analysed"])
        and kept["amendments"][: len(last["amendments"])] == last["amendments"]
        and last["hash"] in {kept["hash"], *(each["from"] for each in kept["amendments"])}
        and kept["kept"] == last["kept"]
    )
    if not is_same:
        raise BadInput(
            f"{FILE} is gone or was edited since the last analysis; results/study.json tells of another one",
            code="E-STUDY-015",
            do="put it back from a copy; to change the plan, amend it: --amend NAME --reason WHY",
        )


def _changed(kept: dict[str, Any], digest: str) -> Refused:
    return Refused(
        "the plan was changed after data were first analysed",
        code="R-STUDY-001",
        do="use the plan as it was declared (declaration.json holds it), or make the change an amendment that every "
        "report shows: --amend NAME --reason WHY",
        result={"declared": kept["hash"], "found": digest, "amendments": kept["amendments"]},
    )
