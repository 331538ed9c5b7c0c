"""The devices shipped with the package: words from `data/devices.toml`, numbers from the evidence library."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import fields
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.devices.needling_device import Device
from scarplan.errors import BadInput
from scarplan.evidence.cite import rank_sources
from scarplan.evidence.library import all_quantities, quantity

_WORDS = frozenset({"id", "name", "device_class", "indication", "note", "sources", "quantities", "given_density"})
_NUMBERS = tuple(field.name for field in fields(Device) if field.name not in _WORDS)


def device(device_id: str) -> Device:
    """Return the device called `device_id`. Raises BadInput with the nearest name."""
    rows = _device_rows()
    if device_id not in rows:
        near = difflib.get_close_matches(str(device_id), rows, n=1)
        raise BadInput(
            "no device is called so" + (f"; did you mean {near[0]!r}?" if near else ""),
            code="E-DEV-001",
            got=device_id,
            allowed=", ".join(rows),
            do="see `scarplan devices`, or describe your own device in a file",
        )
    return _make_device(device_id, rows[device_id])


def all_devices() -> tuple[Device, ...]:
    """Return every device of the library."""
    return tuple(_make_device(device_id, row) for device_id, row in _device_rows().items())


@cache
def _device_rows() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("scarplan.devices").joinpath("data", "devices.toml").read_text("utf-8"))


def _make_device(device_id: str, row: dict[str, Any]) -> Device:
    names = _quantity_names(device_id, row.get("numbers", {}))
    quantities = {field: quantity(name) for field, name in names.items()}
    values = {f: tuple(q.value) if isinstance(q.value, list) else q.value for f, q in quantities.items()}
    sources = rank_sources([*row.get("sources", []), *(q.source for q in quantities.values())])
    return Device(
        id=device_id,
        name=row["name"],
        device_class=row["device_class"],
        indication=row.get("indication", ""),
        note=row.get("note", ""),
        sources=tuple(each.id for each in sources),
        quantities=names,
        **values,
    )


def _quantity_names(device_id: str, shared: dict[str, str]) -> dict[str, str]:
    own = {field: f"devices.{device_id}_{field}" for field in _NUMBERS}
    return shared | {field: name for field, name in own.items() if name in all_quantities()}
