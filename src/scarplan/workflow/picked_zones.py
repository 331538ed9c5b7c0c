"""The zones of a face that a person picked on its mesh, as `zones.toml` holds them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from scarplan.errors import BadInput

if TYPE_CHECKING:
    from scarplan.records.face_zones import FaceZones

#: The file of a case that keeps the zones its scan was cut by.
ZONES_FILE = "zones.toml"


def read_picked_zones(path: Path, *, zone: str | None = None, side: str | None = None) -> tuple[FaceZones, bytes]:
    """Return the zones in the file at `path`, and its bytes.

    Raises BadInput for a faulty file, and where `zone` or `side` name one zone alone.
    """
    from scarplan.records.face_zones import FaceZones  # a scan without zones needs no such record: starting stays fast
    from scarplan.records.record import read_record

    if zone is not None or side is not None:
        raise BadInput(
            "--zones tells the zones and sides of a whole face, --zone or --side one alone",
            code="E-ZONE-006",
            got=zone or side,
            do="leave --zone and --side out, or --zones",
        )
    picked = read_record(path, FaceZones, what="the zones", template="zones")
    return picked, path.read_bytes()
