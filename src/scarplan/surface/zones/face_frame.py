"""FaceFrame: coordinates of a face from its landmarks, unrolled from a cylinder around the axis between the ears."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.surface import Vector

if TYPE_CHECKING:
    from jaxtyping import Float

Places = Mapping[str, Vector]


@dataclass(frozen=True)
class FaceFrame:
    """Where a face lies in space.

    axes        rows: to the patient's left, upwards, forwards; unit vectors at right angles
    ears_mm     middle between the fronts of the ears: the axis of the cylinder goes through it, upwards
    eyes_mm     middle between the outer corners of the eyes: height 0
    radius_mm   half the distance between the fronts of the ears
    """

    axes: Float[np.ndarray, "3 3"]
    ears_mm: Float[np.ndarray, " 3"]
    eyes_mm: Float[np.ndarray, " 3"]
    radius_mm: float

    @classmethod
    def of(cls, landmarks: Places) -> FaceFrame:
        """Return the frame of the face with these landmarks, mm. The needed ones must be there.

        Forwards is the way from the ears to the middle between eyes and wings of the nose, near the horizontal of
        Frankfurt. Raises BadInput when the landmarks cannot be those of a face.
        """
        at = {name: np.array(place, dtype=float) for name, place in landmarks.items()}
        pairs = [name[: -len("_left")] for name in at if name.endswith("_left")]
        across = [at[f"{name}_left"] - at[f"{name}_right"] for name in pairs if f"{name}_right" in at]
        left = _unit(np.sum([_unit(each) for each in across], axis=0))
        ears, eyes, wings = (_middle(at, name) for name in ("ear_front", "outer_eye", "nose_wing"))
        forwards = (eyes + wings) / 2 - ears
        forwards = _unit(forwards - left * (left @ forwards))
        frame = cls(
            axes=np.array([left, np.cross(forwards, left), forwards]),
            ears_mm=ears,
            eyes_mm=eyes,
            radius_mm=float(np.linalg.norm(at["ear_front_left"] - at["ear_front_right"])) / 2,
        )
        frame._check(at)
        return frame

    def unroll(self, points_mm: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 2"]:
        """Return where points lie on the unrolled cylinder [x to the left, y upwards], mm."""
        x, _, z = np.moveaxis((points_mm - self.ears_mm) @ self.axes.T, -1, 0)
        height = (points_mm - self.eyes_mm) @ self.axes[1]
        return np.stack([self.radius_mm * np.arctan2(x, z), height], axis=-1)

    def _check(self, at: Mapping[str, np.ndarray]) -> None:
        height = {name: float((place - self.eyes_mm) @ self.axes[1]) for name, place in at.items()}
        order = ("nose_tip", "mouth_left", "chin_low")
        apart = float(np.linalg.norm(at["outer_eye_left"] - at["outer_eye_right"]))
        falling = all(height[one] > height[two] for one, two in zip(("outer_eye_left", *order), order, strict=False))
        ahead = float((at["nose_tip"] - self.eyes_mm) @ self.axes[2])
        if falling and ahead > 0 and self.radius_mm > apart / 2:
            return _check_size(apart)
        raise BadInput(
            "the landmarks are not those of a face",
            code="E-ZONE-001",
            got=", ".join(f"{name} at {height[name]:.0f} mm" for name in order) + f", nose {ahead:.0f} mm ahead",
            allowed="eyes, nose, mouth and chin below each other, the nose ahead, left and right the patient's own",
            do="look for a landmark in the wrong place, and for left and right exchanged (the patient's left is right)",
        )


def _check_size(eyes_apart_mm: float) -> None:
    """Raise BadInput where the eyes of a face of any age are not so far apart: the unit is most likely wrong."""
    low, high = (value_of(f"surface.outer_eyes_apart_{end}_mm") for end in ("low", "high"))
    if low <= eyes_apart_mm <= high:
        return
    raise BadInput(
        "the face has not the size of a face",
        code="E-ZONE-014",
        got=f"outer corners of the eyes {eyes_apart_mm:.0f} mm apart",
        allowed=f"{low:.0f} to {high:.0f} mm",
        do="look in the scanner's software which --unit the coordinates have, and pick the zones anew with it",
    )


def _middle(at: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    return (at[f"{name}_left"] + at[f"{name}_right"]) / 2


def _unit(vector: np.ndarray) -> np.ndarray:
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0 else np.zeros(3)
