"""The devices shipped with the package: words from `data/devices.toml`, numbers from the evidence library."""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.devices.density import density_inputs, make_density
from scarplan.devices.needling_device import Device
from scarplan.errors import BadInput
from scarplan.evidence.cite import rank_sources
from scarplan.evidence.library import all_quantities, quantity

_NUMBERS = ("needles", "needle_diameter_mm", "lengths_mm", "max_mm", "evaluated_max_mm", "setting_tolerance_mm")


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
            do="see `scarplan devices`; a course is planned with a device of the library only",
        )
    return _make_device(device_id, rows[device_id])


def all_devices() -> tuple[Device, ...]:
    """Return every device of the library."""
    return tuple(_make_device(device_id, row) for device_id, row in _device_rows().items())


@cache
def _device_rows() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("scarplan.devices").joinpath("data", "devices.toml").read_text("utf-8"))


def _make_device(device_id: str, row: dict[str, Any]) -> Device:
    names = _quantity_names(device_id, row)
    numbers = {field: quantity(name) for field, name in names.items()}
    values: dict[str, Any] = {field: number.value for field, number in numbers.items()}
    sources = rank_sources([*row.get("sources", []), *(number.source for number in numbers.values())])
    return Device(
        id=device_id,
        name=row["name"],
        device_class=row["device_class"],
        needles=values["needles"],
        needle_diameter_mm=values["needle_diameter_mm"],
        lengths_mm=tuple(values["lengths_mm"]),
        max_mm=values["max_mm"],
        density=make_density(row["device_class"], values),
        evaluated_max_mm=values.get("evaluated_max_mm"),
        setting_tolerance_mm=values.get("setting_tolerance_mm"),
        indication=row.get("indication", ""),
        note=row.get("note", ""),
        sources=tuple(each.id for each in sources),
        quantities=names,
    )


def _quantity_names(device_id: str, row: dict[str, Any]) -> dict[str, str]:
    """Return number -> quantity: the device's own where it has one, else the one it shares with its kind."""
    wanted = (*_NUMBERS, *density_inputs(row["device_class"]))
    own = {field: f"devices.{device_id}_{field}" for field in wanted}
    return row.get("numbers", {}) | {field: name for field, name in own.items() if name in all_quantities()}
