"""The device of a case: one of the library, or the clinic's own, whose description lies in the case."""

from __future__ import annotations

from scarplan.devices import Device, device, read_device
from scarplan.records import Case

#: Where a case keeps the description of the clinic's own device.
OWN_DEVICE = "own_device.toml"


def read_own_device(case: Case) -> Device | None:
    """Return the clinic's own device of a case, None where it has none. Raises BadInput for a faulty description."""
    return read_device(case.path(OWN_DEVICE)) if case.has(OWN_DEVICE) else None


def find_case_device(case: Case, device_id: str) -> Device:
    """Return the device called `device_id`: the case's own if it is called so, else the library's."""
    own = read_own_device(case)
    return own if own is not None and own.id == device_id else device(device_id)
