"""Two results leaf by leaf: which values differ, and the versions and inputs that may be why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_ABSENT = "absent"


@dataclass(frozen=True)
class Difference:
    """One leaf that differs, by its dotted path."""

    path: str
    kept: Any
    now: Any


def differences(kept: Any, now: Any, path: str = "") -> Iterator[Difference]:
    """Yield every leaf in which two plain values differ, in the order of `kept`."""
    if isinstance(kept, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys((*kept, *now)):
            inner = f"{path}.{key}" if path else str(key)
            yield from differences(kept.get(key, _ABSENT), now.get(key, _ABSENT), inner)
    elif isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        for place, (one, other) in enumerate(zip(kept, now, strict=True)):
            yield from differences(one, other, f"{path}.{place}")
    elif type(kept) is not type(now) or kept != now:
        yield Difference(path, kept, now)


def explain_difference(kept: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what of the two manifests may be why the results differ, in words; empty where nothing is."""
    reasons: list[str] = []
    versions, present = kept.get("versions", {}), now.get("versions", {})
    for name in dict.fromkeys((*versions, *present)):
        if versions.get(name) != present.get(name):
            reasons.append(f"{name} was {versions.get(name, _ABSENT)} and is {present.get(name, _ABSENT)}")
    inputs, found = kept.get("inputs", {}), now.get("inputs", {})
    for name in dict.fromkeys((*inputs, *found)):
        if inputs.get(name) != found.get(name):
            reasons.append(f"{name} is another file than it was")
    if set(kept.get("quantities", ())) != set(now.get("quantities", ())):
        reasons.append("other quantities of the evidence were used")
    return tuple(reasons)
