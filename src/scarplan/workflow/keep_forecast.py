"""Keep a forecast of a course that has begun: an entry in the ledger, and all that is needed to make it again.

`kept/<SHA-256>` holds the result and every input under the hash of its bytes. A course begins with the first approval:
what is tried out before that may be forgotten.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scarplan.canonical import dump_json, hash_bytes
from scarplan.course import LEDGER, OpenLedger, Signer, make_course, open_ledger
from scarplan.records import Case
from scarplan.records.plan_file import read_plan
from scarplan.workflow.case_device import OWN_DEVICE
from scarplan.workflow.day import read_today
from scarplan.workflow.session import renewed_sessions

KEPT = "kept"
_BY = Signer(name="scarplan", role="software")


def keep_forecast(
    case: Case,
    *,
    verb: str,
    arguments: Mapping[str, Any],
    result: Mapping[str, Any],
    files: Mapping[str, Path],
    opened: OpenLedger | None = None,
    day: datetime.date | None = None,
) -> bool:
    """Keep the result of `verb` once its course has begun; return whether it is kept.

    `arguments` are plain values with which `workflow.replay` calls the verb again, `files` its inputs: the name in the
    folder in which it is made again -> where it lies now. The ledger before the entry is kept by itself. `opened` is
    the ledger where it is held for writing already. `day` is the day of the entry, today if not given.
    """
    if opened is not None:
        return _keep(case, opened, verb=verb, arguments=arguments, result=result, files=files, day=day)
    if not case.has(LEDGER):
        return False
    with open_ledger(case) as held:
        is_kept = _keep(case, held, verb=verb, arguments=arguments, result=result, files=files, day=day)
        case.write_files(renewed_sessions(case, held.ledger))
        return is_kept


def keep_course_forecast(
    case: Case, result: Mapping[str, Any], *, opened: OpenLedger | None = None, day: datetime.date | None = None
) -> bool:
    """Keep a result of `forecast`, as `keep_forecast` does."""
    plan = read_plan(case, result["plan"])
    return keep_forecast(
        case,
        verb="forecast",
        arguments={"plan": plan.content_hash, "seed": result["manifest"]["seed"]},
        result=result,
        files=find_inputs(case, *result["manifest"]["inputs"], *plan.inputs, OWN_DEVICE),
        opened=opened,
        day=day,
    )


def _keep(
    case: Case,
    opened: OpenLedger,
    *,
    verb: str,
    arguments: Mapping[str, Any],
    result: Mapping[str, Any],
    files: Mapping[str, Path],
    day: datetime.date | None,
) -> bool:
    text = (dump_json(result, indent=1) + "\n").encode()
    digest = hash_bytes(text)
    course = make_course(opened.ledger)
    if not course.approvals:
        return False
    if any(one.content.get("result") == digest for one in course.forecasts):
        return True
    data = {name: path.read_bytes() for name, path in sorted(files.items())}
    inputs = {name: hash_bytes(each) for name, each in data.items()}
    kept = {f"{KEPT}/{inputs[name]}": each for name, each in data.items()} | {f"{KEPT}/{digest}": text}
    case.write_files({name: each for name, each in kept.items() if not case.has(name)})
    content = {
        "verb": verb,
        "arguments": dict(arguments),
        "plan": result.get("plan"),
        "seed": result["manifest"]["seed"],
        "versions": result["manifest"]["versions"],
        "inputs": inputs,
        "result": digest,
    }
    opened.append("forecast", day=day or read_today(), by=_BY, content=content)
    return True


def find_inputs(case: Case, *names: str) -> dict[str, Path]:
    """Return the files of a case that are called so, with what every result among them was made from: name -> path."""
    found: dict[str, Path] = {}
    wanted = list(names)
    while wanted:
        name = wanted.pop()
        if name in found or not case.has(name):
            continue
        found[name] = case.path(name)
        if name.startswith("results/"):
            verb = name.removeprefix("results/").removesuffix(".json")
            wanted += case.read_result(verb, allow_stale=True)["manifest"]["inputs"]
    return found
