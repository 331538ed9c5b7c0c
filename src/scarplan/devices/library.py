"""The devices shipped with the package: words from `data/*.toml`, numbers from the evidence library."""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from scarplan.devices.density import density_inputs, make_density
from scarplan.devices.energy_device import EnergyDevice
from scarplan.devices.needling_device import Device
from scarplan.errors import BadInput, Refused
from scarplan.evidence.cite import rank_sources
from scarplan.evidence.library import all_quantities, quantity

_NUMBERS = ("needles", "needle_diameter_mm", "lengths_mm", "max_mm", "evaluated_max_mm", "setting_tolerance_mm")
_ENERGY_NUMBERS = ("max_mm", "needles", "needle_diameter_mm", "bare_mm")


def device(device_id: str) -> Device:
    """Return the needling device called `device_id`.

    Raises BadInput with the nearest name, and Refused for an energy device: no course is planned with one.
    """
    rows = _device_rows()
    if device_id in _energy_rows():
        raise Refused(
            f"{_energy_rows()[device_id]['name']} is an energy device: courses are planned with needles only",
            code="E-DEV-003",
            do="plan with a needling device (`scarplan devices`); energy devices are compared with it",
        )
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


def energy_device(device_id: str) -> EnergyDevice:
    """Return the energy device called `device_id`. Raises BadInput that lists them."""
    rows = _energy_rows()
    if device_id not in rows:
        raise BadInput(
            "no energy device is called so",
            code="E-DEV-004",
            got=device_id,
            allowed=", ".join(rows),
            do="see `scarplan devices`",
        )
    return _make_energy_device(device_id, rows[device_id])


def all_energy_devices() -> tuple[EnergyDevice, ...]:
    """Return every energy device of the library, one or two of each class."""
    return tuple(_make_energy_device(device_id, row) for device_id, row in _energy_rows().items())


@cache
def _device_rows() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("scarplan.devices").joinpath("data", "devices.toml").read_text("utf-8"))


@cache
def _energy_rows() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("scarplan.devices").joinpath("data", "energy.toml").read_text("utf-8"))


def _make_device(device_id: str, row: dict[str, Any]) -> Device:
    names = _quantity_names(device_id, row, (*_NUMBERS, *density_inputs(row["device_class"])))
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


def _make_energy_device(device_id: str, row: dict[str, Any]) -> EnergyDevice:
    names = _quantity_names(device_id, row, _ENERGY_NUMBERS)
    numbers = {field: quantity(name) for field, name in names.items()}
    sources = rank_sources([*row.get("sources", []), *(number.source for number in numbers.values())])
    return EnergyDevice(
        id=device_id,
        name=row["name"],
        device_class=row["device_class"],
        kernel=row["kernel"],
        note=row.get("note", ""),
        sources=tuple(each.id for each in sources),
        quantities=names,
        **{field: number.value for field, number in numbers.items()},
    )


def _quantity_names(device_id: str, row: dict[str, Any], wanted: tuple[str, ...]) -> dict[str, str]:
    """Return number -> quantity: the device's own where it has one, else the one it shares with its kind."""
    own = {field: f"devices.{device_id}_{field}" for field in wanted}
    return row.get("numbers", {}) | {field: name for field, name in own.items() if name in all_quantities()}
