"""FaceZones: where the landmarks of a face lie on its mesh, and zones drawn by hand, as `zones.toml` holds them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from scarplan.records.record import Record

Place = tuple[float, float, float]
#: What a drawn zone is called that is not to be measured.
LEAVE_OUT = "leave_out"
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80, pattern=r"^[^\x00-\x1f]+$")]


class DrawnZone(Record):
    """An outline drawn on one view of the mesh.

    zone           id of a zone, or "leave_out" for skin that is not to be measured
    outline_mm     corners [x, y, z] on the skin, in the mesh's own axes
    seen_from      unit vector from the skin towards who drew it
    """

    zone: Words
    side: Literal["left", "right"] | None = None
    seen_from: Place
    outline_mm: tuple[Place, ...] = Field(min_length=3, max_length=500)


class FaceZones(Record):
    """Landmarks [x, y, z] in the mesh's own axes, mm (file units times `--unit`), and drawn zones.

    A drawn zone lies over those by landmarks. `leave_out`: optional areas of the template to leave out, "beard".
    `only`: the zones to be measured; all where it is empty.
    """

    picked_by: Words | None = None
    picked_on: date | None = None
    mesh_sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    leave_out: tuple[Literal["beard"], ...] = ()
    only: tuple[Words, ...] = Field(default=(), max_length=50)
    landmarks: dict[str, Place] = Field(default_factory=dict)
    drawn: tuple[DrawnZone, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _holds_something(self) -> FaceZones:
        if not self.landmarks and not self.drawn:
            raise ValueError("neither landmarks nor drawn zones are given")
        return self
