"""TOML files: read as plain values, with faults in words; and written from plain values. Needs no pydantic."""

from __future__ import annotations

import json
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scarplan.errors import BadInput

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_LARGEST_TEXT_BYTES = 5_000_000
#: A day as most forms on paper have it, which TOML takes for no value.
_DAY_FIRST = re.compile(r"^[^#\"\n]*=\s*\d{1,2}[-./]\d{1,2}[-./]\d{4}\b", re.MULTILINE)


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


def write_toml(values: Mapping[str, Any], *, comment: str) -> str:
    """Return `values` (texts, numbers, truth values, and lists and tables of them) as TOML below one line of `comment`.

    Plain values stand before the tables. Raises TypeError for what TOML cannot hold, such as None.
    """
    return "\n".join([f"# {comment}", *_table_lines(values, ())]) + "\n"


def _table_lines(values: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """Return the lines of one table and of those inside it, whose names begin with `path`."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in values.items() if not _is_table(value)]
    for key, value in values.items():
        if not _is_table(value):
            continue
        name = ".".join(map(_key, (*path, key)))
        head, tables = (f"[{name}]", [value]) if isinstance(value, Mapping) else (f"[[{name}]]", value)
        for table in tables:
            inside = _table_lines(table, (*path, key))
            # A table that holds nothing but tables needs no head of its own.
            lines += inside if isinstance(value, Mapping) and table and not inside[0] else ["", head, *inside]
    return lines


def _is_table(value: Any) -> bool:
    many = value if isinstance(value, list | tuple) else [value]
    return any(isinstance(one, Mapping) for one in many)


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    if not isinstance(value, str | bool | int | float):
        raise TypeError(f"TOML holds no {type(value).__name__}")
    # JSON writes texts, finite numbers and truth values as TOML does; only the delete character must be escaped too.
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")


def without_none(value: Any) -> Any:
    """Return plain values without what is None: TOML has no null, and reads what is absent back as None."""
    if isinstance(value, dict):
        return {key: without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_none(item) for item in value]
    return value
