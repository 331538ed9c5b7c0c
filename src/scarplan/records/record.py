"""Record: the frozen, strict base of everything that is written down; and reading one from a TOML file."""

from __future__ import annotations

import difflib
import re
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from scarplan.errors import BadInput

_LARGEST_TEXT_BYTES = 5_000_000
#: A day as most forms on paper have it, which TOML takes for no value.
_DAY_FIRST = re.compile(r"^[^#\"\n]*=\s*\d{1,2}[-./]\d{1,2}[-./]\d{4}\b", re.MULTILINE)


class Record(BaseModel):
    """A frozen record; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


R = TypeVar("R", bound=Record)


def read_toml(path: Path, *, what: str, template: str) -> dict[str, Any]:
    """Return the TOML file at `path`. `what` names it in errors, `template` is its `scarplan template` name."""
    hint = f"see `scarplan template {template}` for a valid example"
    text = _read_text(path, what=what, hint=hint)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # bad TOML, a number of thousands of digits, endless nesting
        if _DAY_FIRST.search(text):
            hint = f"write a day as year-month-day, such as 2026-03-02; {hint}"
        raise BadInput(f"{what} {path} is not valid TOML: {error}", code="E-FILE-006", do=hint) from None


def _read_text(path: Path, *, what: str, hint: str) -> str:
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise BadInput(f"{what} {path} is a folder, not a file", code="E-FILE-002", do=hint)
        if not stat.S_ISREG(about.st_mode):  # a pipe would be waited for, a device read without end
            raise BadInput(f"{what} {path} is not a file", code="E-FILE-002", do="save it as a file first")
        if about.st_size > _LARGEST_TEXT_BYTES:
            raise BadInput(
                f"{what} {path} is too large for a text file",
                code="E-FILE-005",
                got=f"{about.st_size} bytes",
                allowed=f"at most {_LARGEST_TEXT_BYTES} bytes",
                do=hint,
            )
        return path.read_bytes().decode("utf-8-sig")  # some editors put a byte order mark in front
    except (FileNotFoundError, NotADirectoryError):
        raise BadInput(f"{what} {path} does not exist", code="E-FILE-001", do=hint) from None
    except OSError as error:
        raise BadInput(
            f"{what} {path} cannot be read: {error.strerror}", code="E-FILE-003", do="check its name and permissions"
        ) from None
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{what} {path} is not UTF-8 text",
            code="E-FILE-004",
            got=f"byte {error.object[error.start]:#04x} at position {error.start}",
            allowed="UTF-8",
            do="save it as UTF-8",
        ) from None


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
