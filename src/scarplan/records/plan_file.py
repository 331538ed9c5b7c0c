"""Plans on disk: `plans/<hash>.toml`, and beside it `plans/<hash>.approval.toml` once it is signed."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import tomlkit

from scarplan.canonical import make_plain
from scarplan.errors import BadInput, MissingStep
from scarplan.records.case import Case
from scarplan.records.plan import Approval, Plan
from scarplan.records.record import make_record, read_record
from scarplan.records.toml_file import without_none

_HEX = re.compile(r"[0-9a-f]{4,64}")


def plan_name(plan_hash: str) -> str:
    """Return the file name of a plan inside a case."""
    return f"plans/{plan_hash}.toml"


def approval_name(plan_hash: str) -> str:
    """Return the file name of a plan's approval inside a case."""
    return f"plans/{plan_hash}.approval.toml"


def write_plan(plan: Plan) -> dict[str, bytes]:
    """Return the file of a plan: name -> bytes."""
    return {plan_name(plan.content_hash): _to_toml(make_plain(plan))}


def write_approval(plan: Plan, approval: Approval) -> dict[str, bytes]:
    """Return the file of an approval: name -> bytes."""
    return {approval_name(plan.content_hash): _to_toml(make_plain(approval))}


def read_plan_result(case: Case, *, allow_stale: bool = False) -> dict[str, Any]:
    """Return the result of `plan`, which names the plan of the case under `plan`. Raises as `Case.read_result`."""
    result = case.read_result("plan", allow_stale=allow_stale)
    if not isinstance(result.get("plan"), str):
        raise case.damaged("plan")
    return result


def read_plan(case: Case, plan_hash: str) -> Plan:
    """Return the plan called `plan_hash` (its beginning is enough). Raises BadInput when it is not there or changed."""
    name = _find_plan(case, plan_hash)
    path = case.path(plan_name(name))
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise _damaged(case, name) from None
    plan = make_record(values, Plan, what=f"plan {path}", template="protocol")
    if plan.content_hash != name:
        raise _damaged(case, name)
    return plan


def read_approval(case: Case, plan: Plan) -> Approval | None:
    """Return the approval of a plan of the case, None where there is none."""
    name = approval_name(plan.content_hash)
    if not case.has(name):
        return None
    return read_record(case.path(name), Approval, what="approval", template="protocol")


def _find_plan(case: Case, plan_hash: str) -> str:
    known = sorted(path.stem for path in case.path("plans").glob("*.toml") if not path.name.endswith(".approval.toml"))
    found = [name for name in known if _HEX.fullmatch(plan_hash) and name.startswith(plan_hash)]
    if len(found) == 1:
        return found[0]
    if not known:
        raise MissingStep(
            f"the case {case.root} has no plan yet", code="E-CASE-010", do=f"run `scarplan plan {case.root}`"
        )
    raise BadInput(
        "more than one plan begins like this" if found else "the case has no plan with this hash",
        code="E-CASE-011",
        got=plan_hash,
        allowed=", ".join(found or known),
        do="give the whole hash, or leave --plan away for the latest plan",
    )


def _damaged(case: Case, name: str) -> BadInput:
    return BadInput(
        f"{case.path(plan_name(name))} was changed after it was written",
        code="E-CASE-012",
        do=f"run `scarplan plan {case.root}` again",
    )


def _to_toml(values: dict[str, Any]) -> bytes:
    return tomlkit.dumps(without_none(values)).encode()
