"""Record: the frozen, strict base of everything that is written down; and reading one from a TOML file."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from scarplan.errors import BadInput
from scarplan.records.toml_file import read_toml


class Record(BaseModel):
    """A frozen record; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


R = TypeVar("R", bound=Record)


def read_record(path: Path, model: type[R], *, what: str, template: str) -> R:
    """Return the record in the TOML file at `path`; every fault is told at once, in words."""
    return make_record(read_toml(path, what=what, template=template), model, what=f"{what} {path}", template=template)


def make_record(
    values: dict[str, Any],
    model: type[R],
    *,
    what: str,
    template: str,
    name_place: Callable[[tuple[int | str, ...]], str] | None = None,
) -> R:
    """Return `model` made from `values`; raises BadInput that tells every fault at once.

    `name_place` puts the place of a fault (keys and positions) into words of its own.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = "; ".join(_fault_in_words(fault, model, name_place) for fault in _own_faults(error))
        raise BadInput(
            f"{what} is not valid: {faults}",
            code="E-FILE-007",
            do=f"correct it; see `scarplan template {template}` and `scarplan schema {template}`",
        ) from None


def _own_faults(error: ValidationError) -> list[Any]:
    """Return the faults, less each list that is too short only because what stands in it is not valid."""
    faults = error.errors()
    inside = {fault["loc"][:depth] for fault in faults for depth in range(len(fault["loc"]))}
    return [fault for fault in faults if fault["type"] != "too_short" or fault["loc"] not in inside]


def _fault_in_words(
    fault: Any, model: type[BaseModel], name_place: Callable[[tuple[int | str, ...]], str] | None
) -> str:
    named = name_place(fault["loc"]) if name_place else ".".join(str(part) for part in fault["loc"])
    place = named or "the whole"
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(fault["loc"][-1]), _keys_of(model), n=1)
        return f"{place}: unknown key" + (f" (did you mean {near[0]!r}?)" if near else "")
    if fault["type"] == "missing":
        return f"{place}: is missing"
    if fault["type"] == "tuple_type" and isinstance(fault["input"], dict):
        return f"{place}: is one table; write [[{fault['loc'][-1]}]] with two brackets before each"
    message = fault["msg"].removeprefix("Value error, ")
    got = repr(fault["input"])
    return f"{place}: {message}, got {got if len(got) < 80 else got[:77] + '...'}"


def _keys_of(model: type[BaseModel]) -> list[str]:
    """Return the keys of a record, then those of the records inside it."""
    keys = list(model.model_fields)
    inside = [field.annotation for field in model.model_fields.values()]
    while inside:
        found = inside.pop()
        if isinstance(found, type) and issubclass(found, BaseModel) and found is not model:
            keys += _keys_of(found)
        else:
            inside += get_args(found)
    return keys
