"""Two drawn photographs of the demo's left cheek, with marks: a relief in light from the side, of no real person.

Nothing was done between the two days. The second is the same relief from a camera held a little differently, so that
aligning the two has something to do; two raters mark the first one, and do not quite agree.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from scarplan.workflow.demo_patient import FIRST_VISIT, SECOND_VISIT, Count, DemoZone

VIEW = "cheek_left"
FIRST_RATER, SECOND_RATER = "Dr A. Example", "Dr B. Example"
_WIDTH_PX, _HEIGHT_PX = 960, 720
#: A kind of scar -> radius in pixels, depth in pixels, steepness of its wall.
_SHAPES = {"icepick": (7, 9, 4.0), "boxcar": (19, 7, 9.0), "rolling": (40, 9, 1.4)}
#: Four moles that stay where they are, pixels.
_MOLES = ((150.0, 130.0), (820.0, 160.0), (180.0, 590.0), (790.0, 560.0))
_SKIN_RGB = (214.0, 168.0, 142.0)
#: How the camera was held on the second day: turned by degrees, nearer by a factor, moved by pixels.
_TURN_DEG, _NEARER, _MOVE_PX = 2.0, 1.04, (11.0, -8.0)
#: Purpose of a random stream, so that no two parts of the demo share one.
_STREAM = 43


@dataclass(frozen=True)
class _Scar:
    kind: str
    x_px: float
    y_px: float


@dataclass(frozen=True)
class DrawnPhotograph:
    """A drawn photograph: its day, its JPEG, and marks as CSV by rater."""

    taken_on: str
    jpeg: bytes
    marks: dict[str, str]


def draw_photographs(zones: Sequence[DemoZone], seed: int) -> tuple[DrawnPhotograph, ...]:
    """Return the photographs of both visits. Another seed is another skin."""
    rng = np.random.default_rng([seed, _STREAM])
    scars = _place(next(zone for zone in zones if (zone.zone, zone.side) == ("cheek", "left")), rng)
    relief = _draw_relief(scars, rng)
    moved = cv2.getRotationMatrix2D((_WIDTH_PX / 2, _HEIGHT_PX / 2), _TURN_DEG, _NEARER)
    moved[:, 2] += _MOVE_PX
    still = np.eye(2, 3)
    first = {
        FIRST_RATER: _write_marks(scars, still, rng, with_moles=True),
        SECOND_RATER: _write_marks(_see_otherwise(scars, rng), still, rng, with_moles=False),
    }
    second = {FIRST_RATER: _write_marks((), moved, rng, with_moles=True)}
    return (
        DrawnPhotograph(FIRST_VISIT, _shade(relief, still, rng), first),
        DrawnPhotograph(SECOND_VISIT, _shade(relief, moved, rng), second),
    )


def _place(zone: DemoZone, rng: np.random.Generator) -> tuple[_Scar, ...]:
    """Place as many scars as were counted, the widest first, none upon another."""
    placed: list[_Scar] = []
    counts = {
        "rolling": _middle(zone.counts["rolling"]),
        "boxcar": _middle(zone.counts["boxcar_shallow"]) + _middle(zone.counts["boxcar_deep"]),
        "icepick": _middle(zone.counts["icepick"]),
    }
    for kind, number in counts.items():
        radius = _SHAPES[kind][0]
        for _ in range(60 * number):  # tries; a full cheek takes no more
            x, y = rng.uniform(60, _WIDTH_PX - 60), rng.uniform(60, _HEIGHT_PX - 90)
            near = [math.hypot(x - s.x_px, y - s.y_px) < radius + _SHAPES[s.kind][0] for s in placed]
            moles = [math.hypot(x - mx, y - my) < radius + 20 for mx, my in _MOLES]
            if not any(near + moles):
                placed.append(_Scar(kind, x, y))
            if sum(scar.kind == kind for scar in placed) == number:
                break
    return tuple(placed)


def _middle(count: Count) -> int:
    if isinstance(count, int):
        return count
    low, high = count.split("-")
    return (int(low) + int(high)) // 2


def _draw_relief(scars: Sequence[_Scar], rng: np.random.Generator) -> Float[np.ndarray, "y x"]:
    y, x = np.mgrid[:_HEIGHT_PX, :_WIDTH_PX].astype(float)
    texture = rng.standard_normal((_HEIGHT_PX, _WIDTH_PX))
    relief = 0.9 * cv2.GaussianBlur(texture, (0, 0), 2.0) + 25 * cv2.GaussianBlur(texture, (0, 0), 45.0)
    for scar in scars:
        radius, depth, steep = _SHAPES[scar.kind]
        away = np.hypot(x - scar.x_px, y - scar.y_px) / radius
        relief -= depth / (1 + np.exp(np.clip(steep * 2 * (away - 0.8), -50, 50)))
    return relief


def _shade(relief: Float[np.ndarray, "y x"], view: np.ndarray, rng: np.random.Generator) -> bytes:
    """Return the relief as the camera of `view` sees it in light from the left, as JPEG."""
    slope = np.gradient(cv2.GaussianBlur(relief, (0, 0), 1.0), axis=1)
    light = np.clip(1.0 + 0.32 * slope, 0.35, 1.45) * np.linspace(1.08, 0.86, _WIDTH_PX)
    picture = light[..., None] * np.array(_SKIN_RGB)
    for x, y in _MOLES:
        cv2.circle(picture, (round(x), round(y)), 6, (112.0, 74.0, 58.0), -1, cv2.LINE_AA)
    picture = cv2.warpAffine(picture, view, (_WIDTH_PX, _HEIGHT_PX), borderMode=cv2.BORDER_REFLECT_101)
    picture += 1.5 * rng.standard_normal(picture.shape)
    image = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    font = ImageFont.load_default(26)
    ImageDraw.Draw(image).text(
        (24, _HEIGHT_PX - 48), "Drawn for the demo, no real person", fill=(40, 26, 20), font=font
    )
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=88)
    return stream.getvalue()


def _see_otherwise(scars: Sequence[_Scar], rng: np.random.Generator) -> tuple[_Scar, ...]:
    """Return what another rater sees: some scars are missed, some are called another kind."""
    seen = []
    for scar in scars:
        if rng.random() < 0.2:
            continue
        kind = str(rng.choice(list(_SHAPES))) if rng.random() < 0.25 else scar.kind
        seen.append(_Scar(kind, scar.x_px, scar.y_px))
    return tuple(seen)


def _write_marks(scars: Sequence[_Scar], view: np.ndarray, rng: np.random.Generator, *, with_moles: bool) -> str:
    """Return marks as CSV; nobody taps the very middle."""
    lines = ["what,name,x_px,y_px,edge_x_px,edge_y_px,length_mm"]
    found = [("scar", scar.kind, scar.x_px, scar.y_px, 4.0) for scar in scars]
    if with_moles:
        found += [("landmark", f"own_{number}", x, y, 0.7) for number, (x, y) in enumerate(_MOLES, start=1)]
    for what, name, x, y, slip_px in found:
        at = view @ [x, y, 1.0] + rng.normal(0.0, slip_px, 2)
        lines.append(f"{what},{name},{at[0]:.1f},{at[1]:.1f},,,")
    return "\n".join(lines) + "\n"
