"""The pictures that raters get: photographs as pixels alone, scans as relief in one frame; two beside each other."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from scarplan.photographs.receive import receive_photograph
from scarplan.surface.storage import load_scan
from scarplan.surface.surface import Surface

#: All photographs have this longer side: a camera is not known by its pixels.
_LONGEST_PX = 1600
_QUALITY = 92
#: Pixels along the longer side of a relief picture.
_LONGEST_RELIEF_PX = 1200
_GAP_PX = 24
_WHITE = 255


def encode_photograph(paths: Sequence[Path], *, mirrored: bool) -> bytes:
    """Return a photograph (or two, left and right) as a JPEG of pixels alone. Raises BadInput."""
    from PIL import Image, ImageOps

    pictures = []
    for path in paths:
        with Image.open(io.BytesIO(receive_photograph(path).jpeg)) as image:
            upright = image.convert("RGB")
        scale = _LONGEST_PX / max(upright.size) / len(paths)
        size = tuple(max(1, round(side * scale)) for side in upright.size)
        upright = upright.resize((size[0], size[1]), Image.Resampling.LANCZOS)
        pictures.append(np.asarray(ImageOps.mirror(upright) if mirrored else upright))
    stream = io.BytesIO()
    Image.fromarray(_beside(pictures)).save(stream, "JPEG", quality=_QUALITY)
    return stream.getvalue()


def even_sizes(pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the pictures (name -> bytes), all of one kind as long as the longest of them.

    A picture and its mirror image differ by a few bytes of many: sorted by size they would stand beside each other.
    Both formats end by a mark of their own; what stands behind it is not looked at.
    """
    longest: dict[str, int] = {}
    for name, data in pictures.items():
        kind = Path(name).suffix
        longest[kind] = max(longest.get(kind, 0), len(data))
    return {name: data.ljust(longest[Path(name).suffix], b"\0") for name, data in pictures.items()}


class FramedScans:
    """Scans drawn in one frame: as large as the largest chart needs, one scale, one light."""

    def __init__(self, root: Path, cases: Sequence[str]) -> None:
        self._root = root
        self._size_mm = (0.0, 0.0)
        for case in cases:
            for chart in load_scan(root / case / "surface.npz").charts:
                mine = tuple(side * chart.pixel_mm for side in chart.shape)
                self._size_mm = (max(self._size_mm[0], mine[0]), max(self._size_mm[1], mine[1]))

    def draw(self, cases: Sequence[str], chart: str, *, mirrored: bool) -> bytes:
        """Return the chart of a case (or of two, left and right) as PNG bytes."""
        from PIL import Image

        drawn = [self._draw(case, chart, mirrored=mirrored) for case in cases]
        if len(drawn) == 1:
            return drawn[0]
        pictures = []
        for data in drawn:
            with Image.open(io.BytesIO(data)) as image:
                pictures.append(np.asarray(image.convert("RGB")))
        stream = io.BytesIO()
        Image.fromarray(_beside(pictures)).save(stream, "PNG", optimize=True)
        return stream.getvalue()

    def _draw(self, case: str, chart: str, *, mirrored: bool) -> bytes:
        from scarplan.report.pictures.blind_relief import draw_blind_relief

        surface = self._find(case, chart)
        step = max(self._size_mm) / _LONGEST_RELIEF_PX
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return draw_blind_relief(
                surface.relief_mm,
                surface.valid,
                surface.pixel_mm,
                mirrored=mirrored,
                frame_mm=self._size_mm,
                step_mm=step,
            )

    def _find(self, case: str, chart: str) -> Surface:
        charts = {each.name: each for each in load_scan(self._root / case / "surface.npz").charts}
        return charts[chart]


def _beside(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Return pictures beside each other on white."""
    if len(pictures) == 1:
        return pictures[0]
    height = max(picture.shape[0] for picture in pictures)
    parts: list[np.ndarray] = []
    for picture in pictures:
        below = height - picture.shape[0]
        parts += [
            np.pad(picture, ((0, below), (0, 0), (0, 0)), constant_values=_WHITE),
            np.full((height, _GAP_PX, 3), _WHITE),
        ]
    return np.concatenate(parts[:-1], axis=1).astype(np.uint8)
