"""The clinic's own protocol of a case, as `plan` keeps it there."""

from __future__ import annotations

from scarplan.records import Case
from scarplan.records.clinic_protocol import ClinicProtocol, read_clinic_protocol

#: Its name in a case.
CLINIC_PROTOCOL = "clinic_protocol.toml"


def read_clinic(case: Case) -> ClinicProtocol | None:
    """Return the protocol that the case's plan was made with; None without one."""
    return read_clinic_protocol(case.path(CLINIC_PROTOCOL)) if case.has(CLINIC_PROTOCOL) else None
