"""Replay: make every kept forecast again from what it was made of, and compare it to the byte.

Nothing of the case is touched: each forecast is made again in a folder of its own, from the files in `kept/`, with the
ledger as it stood then.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias

from scarplan.canonical import dump_json, hash_bytes, hash_file, make_plain
from scarplan.course import LEDGER, Ledger, make_course, read_ledger
from scarplan.course.read import ForecastMade
from scarplan.course.same import differences, explain_difference
from scarplan.errors import Refused, ScarplanError
from scarplan.manifest import make_manifest
from scarplan.records import Case
from scarplan.workflow.keep_forecast import KEPT
from scarplan.workflow.progress import Progress, report_nothing

#: Makes a result again in a folder that holds its inputs, with the arguments that were kept.
Replayer: TypeAlias = Callable[[Path, Mapping[str, Any]], Mapping[str, Any]]
#: Verb whose results are forecasts -> file of `workflow` and the function in it that makes one again.
REPLAYED = {"forecast": ("forecast", "replay_forecast"), "update": ("update", "replay_update")}
#: So many leaves are told; a result made by other code differs in thousands.
_TOLD = 20


def replay_forecasts(case_path: str | Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """Make every forecast that the ledger keeps again and compare.

    Writes `results/replay.json`. Raises BadInput for a broken ledger, and Refused (with the result) where a forecast
    does not come out as it was: the leaves that differ, and the versions or files that changed.
    """
    progress = progress or report_nothing
    case = Case(case_path)
    case.require()
    ledger = read_ledger(case)
    made = make_course(ledger).forecasts
    rows: list[dict[str, Any]] = []
    for place, one in enumerate(made):
        progress(f"making forecast {place + 1} of {len(made)} again", place / len(made))
        rows.append(_replay(case, ledger, one))
    manifest = make_manifest("replay", inputs=case.hashes(LEDGER, *_kept_names(made)), uses_jax=True)
    result: dict[str, Any] = make_plain(
        {
            "forecasts": rows,
            "same": sum(row["same"] for row in rows),
            "different": sum(not row["same"] for row in rows),
            "ledger": {"entries": ledger.head.entries, "hash": ledger.head.hash},
            "notices": list(ledger.notices),
            "manifest": manifest,
        }
    )
    if ledger.entries:
        case.write_result("replay", result)
    progress("done", 1.0)
    if result["different"]:
        raise _refusal(result)
    return result


def _kept_names(made: tuple[ForecastMade, ...]) -> list[str]:
    digests = {digest for one in made for digest in (one.content["result"], *one.content["inputs"].values())}
    return [f"{KEPT}/{digest}" for digest in sorted(digests)]


def _replay(case: Case, ledger: Ledger, one: ForecastMade) -> dict[str, Any]:
    """Return one row: whether the forecast came out the same, else where it differs and why that may be."""
    content = one.content
    row: dict[str, Any] = {
        "number": one.number,
        "date": one.date,
        "verb": content["verb"],
        "plan": content["plan"],
        "seed": content["seed"],
        "same": False,
        "leaves_different": None,
        "differences": [],
        "reasons": [],
    }
    lost = _lost(case, content)
    if lost:
        return row | {"reasons": lost}
    text = case.path(f"{KEPT}/{content['result']}").read_bytes()
    kept = json.loads(text)
    try:
        now = make_plain(_make_again(case, ledger, one))
    except ScarplanError as error:
        return row | {"reasons": [f"it cannot be made again: {error}"]}
    same = hash_bytes((dump_json(now, indent=1) + "\n").encode()) == content["result"]
    found = list(differences(kept, now))
    told = [vars(each) for each in found if not each.path.startswith("manifest.versions")][:_TOLD]
    reasons = list(explain_difference(kept["manifest"], now["manifest"]))
    if not same and not reasons:
        reasons = ["versions and inputs are the same: the program or its evidence was changed without a new version"]
    return row | {
        "same": same,
        "leaves_different": len(found),
        "differences": told,
        "reasons": reasons if not same else [],
    }


def _lost(case: Case, content: Mapping[str, Any]) -> list[str]:
    """Return what is needed and is missing or was changed, in words."""
    faults: list[str] = []
    needed = {**content["inputs"], f"the result of {content['verb']}": content["result"]}
    for name, digest in needed.items():
        path = case.path(f"{KEPT}/{digest}")
        if not path.is_file():
            faults.append(f"{name} is missing ({KEPT}/{digest[:12]}...)")
        elif hash_file(path) != digest:
            faults.append(f"{name} was changed after it was kept ({KEPT}/{digest[:12]}...)")
    if content["verb"] not in REPLAYED:
        faults.append(f"this version cannot make the result of `{content['verb']}` again")
    return faults


def _make_again(case: Case, ledger: Ledger, one: ForecastMade) -> Mapping[str, Any]:
    """Return the result of a verb, made in a folder of its own from the files that were kept."""
    module, name = REPLAYED[one.content["verb"]]
    again: Replayer = getattr(import_module(f"scarplan.workflow.{module}"), name)
    with tempfile.TemporaryDirectory(prefix="scarplan-replay-") as made:
        folder = Path(made) / "case"
        for file, digest in one.content["inputs"].items():
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(case.path(f"{KEPT}/{digest}").read_bytes())
        before = b"".join(entry.line() for entry in ledger.entries[: one.number - 1])
        (folder / LEDGER).write_bytes(before)
        return again(folder, one.content["arguments"])


def _refusal(result: dict[str, Any]) -> Refused:
    first = next(row for row in result["forecasts"] if not row["same"])
    why = "; ".join(first["reasons"])
    return Refused(
        f"{result['different']} of {len(result['forecasts'])} kept forecasts do not come out as they were; the first "
        f"is entry {first['number']}: {why}",
        do="install the versions that are named to get the old numbers, or make a new forecast with these",
        code="E-REPLAY-001",
        result=result,
    )
