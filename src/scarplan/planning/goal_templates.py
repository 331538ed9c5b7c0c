"""Templates of goals by kind of scar, zone and skin type: numbers that needling can reach, each with its sources.

A template is TOML text that `plan --goals` accepts, commented: what is said of the kind, why each number, from where.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from scarplan.anatomy import zone as find_zone
from scarplan.errors import BadInput
from scarplan.evidence.figures import write_figure
from scarplan.evidence.library import source, value_of
from scarplan.planning.screening import is_darker
from scarplan.planning.texts import read_texts
from scarplan.records.goal import GoalScarKind


def write_goal_template(*, scar_kind: str = "any", skin_type: int | None = None, zone: str | None = None) -> str:
    """Return goals as TOML text for a kind of scar, a skin type (None: not known) and a zone (None: any).

    Raises BadInput for a kind, skin type or zone that does not exist.
    """
    _check(scar_kind, skin_type)
    place = None if zone is None else find_zone(zone)
    texts = read_texts("goal_templates")
    kind, shared = texts["kind"][scar_kind], texts["shared"]
    skin = texts["skin"]["dark" if skin_type is None or is_darker(skin_type) else "light"]
    where = "any zone" if place is None else place.name
    lines = [
        f"# Goals for {_scars(scar_kind)}, {where}, skin type {skin['words']}.",
        f"# {kind['about']}",
        f"# First: {kind['first']}. {_cite(kind['first_sources'])}",
        "# A template is a start for a talk, no promise: the plan answers each goal with its own probability.",
    ]
    if "depth" in kind:
        over_bone = place is not None and place.over_bone
        depth = kind["depth_over_bone" if over_bone else "depth"]
        lines += _goal(
            {
                "kind": "depth",
                "scar_kind": scar_kind,
                **({} if place is None else {"zone": place.id}),
                "percent": value_of(depth),
                "by_day": value_of(shared["by_day"]),
                "chance": value_of(kind["chance"]),
            },
            f"{kind['why']}; {shared['over_bone_why']}" if over_bone else kind["why"],
            kind["sources"],
        )
    lines += _goal(
        {"kind": "pigment", "percent_at_most": value_of(skin["pigment"]), "chance": value_of(skin["chance"])},
        skin["why"],
        skin["sources"],
    )
    lines += _goal(
        {"kind": "sessions", "at_most": value_of(shared["sessions"])},
        shared["sessions_why"],
        shared["sessions_sources"],
    )
    sure = value_of(shared["chance"])
    redness = {"kind": "redness", "days_at_most": value_of(shared["redness"]), "chance": sure}
    lines += _goal(redness, shared["redness_why"], shared["redness_sources"])
    downtime = {"kind": "downtime", "days_at_most": value_of(shared["downtime"]), "chance": sure}
    lines += _goal(downtime, shared["downtime_why"], ())
    return "\n".join(lines) + "\n"


def _goal(values: Mapping[str, Any], why: str, sources: tuple[str, ...] | list[str]) -> list[str]:
    said = f"# {why}. {_cite(sources)}".rstrip()
    return ["", said, "[[goal]]", *(f"{key} = {_write(value)}" for key, value in values.items()), 'strength = "goal"']


def _write(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else write_figure(value)


def _cite(sources: tuple[str, ...] | list[str]) -> str:
    return f"[{', '.join(source(name).id for name in sources)}]" if sources else ""


def _scars(scar_kind: str) -> str:
    return "depressed scars of every kind" if scar_kind == "any" else f"{scar_kind} scars"


def _check(scar_kind: str, skin_type: int | None) -> None:
    if scar_kind not in get_args(GoalScarKind):
        raise BadInput(
            "there is no template of goals for this kind of scar",
            code="E-GOAL-001",
            got=scar_kind,
            allowed=", ".join(get_args(GoalScarKind)),
            do="scarplan template goals --kind rolling",
        )
    if skin_type is not None and not 1 <= skin_type <= 6:
        raise BadInput(
            "there is no such skin type",
            code="E-GOAL-002",
            got=str(skin_type),
            allowed="1 to 6, or leave it away where it is not known",
            do="scarplan template goals --skin-type 5",
        )
