"""One canonical text for every result: strict JSON, and the hashes taken over it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any


def make_plain(value: Any) -> Any:
    """Return `value` as plain JSON types; NaN and infinity become None (unknown)."""
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): make_plain(v) for k, v in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: make_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if callable(dump := getattr(value, "model_dump", None)):
        return make_plain(dump(mode="json"))
    if callable(listed := getattr(value, "tolist", None)):  # NumPy and JAX arrays and scalars
        return make_plain(listed())
    if isinstance(value, list | tuple):
        return [make_plain(v) for v in value]
    if isinstance(value, set | frozenset):
        return sorted(make_plain(v) for v in value)
    raise TypeError(f"cannot write {type(value).__name__} as JSON")


def dump_json(value: Any, *, indent: int | None = None) -> str:
    """Return `value` as strict JSON text (keys in the order given, no NaN, no Infinity)."""
    text = json.dumps(make_plain(value), indent=indent, ensure_ascii=False, allow_nan=False)
    # A file name may hold a byte that is no text; its stand-in cannot be encoded, but JSON has an escape for it.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def hash_content(value: Any) -> str:
    """Return the SHA-256 of `value`, independent of the order of its keys."""
    text = json.dumps(make_plain(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def hash_bytes(data: bytes) -> str:
    """Return the SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of the file at `path`."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
