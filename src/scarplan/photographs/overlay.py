"""Two photographs of one view as pictures: side by side, and the earlier one as a ghost over the later one."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from scarplan.photographs.align import Alignment, judge_alignment
from scarplan.photographs.marks import Position

_GAP_PX = 12
_WHITE = 255


@dataclass(frozen=True)
class AlignedPair:
    """Two photographs of one view at one size, RGB [y x 3] of bytes, and how they were aligned.

    `earlier` is in the frame of `later` when aligned, otherwise as it was taken, scaled to the same height (the
    widths may then differ). `seen` [y x]: where the aligned earlier photograph shows anything; None if not aligned.
    """

    earlier: np.ndarray
    later: np.ndarray
    alignment: Alignment
    seen: np.ndarray | None = None

    @property
    def is_aligned(self) -> bool:
        """Whether the two lie on each other."""
        return self.alignment.aligned_by is not None

    def side_by_side(self) -> np.ndarray:
        """Return the earlier photograph on the left and the later one on the right, RGB [y x 3]."""
        gap = np.full((self.later.shape[0], _GAP_PX, 3), _WHITE, np.uint8)
        return np.hstack([self.earlier, gap, self.later])

    def ghost(self, *, earlier_share: float = 0.5) -> np.ndarray | None:
        """Return the earlier photograph laid over the later one, RGB [y x 3]; None when not aligned."""
        if self.seen is None:
            return None
        share = np.where(self.seen, earlier_share, 0.0)[..., None]
        return np.rint(self.earlier * share + self.later * (1 - share)).astype(np.uint8)


def align_pair(
    earlier: np.ndarray,
    later: np.ndarray,
    *,
    landmarks_earlier: Mapping[str, Position],
    landmarks_later: Mapping[str, Position],
    long_side_px: int = 1200,
) -> AlignedPair:
    """Return two photographs, RGB bytes [y x 3], the earlier one brought into the frame of the later one.

    Landmarks are name -> (x, y) in pixels of the photographs as given. The pictures returned are at most
    `long_side_px` long. Photographs that cannot be aligned come back side by side, and `alignment.note` says why.
    """
    height, width = later.shape[:2]
    sizes_px = (earlier.shape[1], earlier.shape[0]), (width, height)
    alignment = judge_alignment(landmarks_earlier, landmarks_later, sizes_px=sizes_px)
    scale = min(1.0, long_side_px / max(height, width))
    small = _resize(later, scale)
    if alignment.to_earlier is None:
        return AlignedPair(_resize(earlier, small.shape[0] / earlier.shape[0], height=small.shape[0]), small, alignment)
    # The earlier one is made as small as it will be shown, so that warping does not skip pixels.
    shrink = min(1.0, scale * _size_ratio(alignment, width, height))
    warped, seen = _warp(_resize(earlier, shrink), small.shape[:2], alignment, scale=scale, shrink=shrink)
    return AlignedPair(warped, small, alignment, seen)


def encode_jpeg(picture: np.ndarray, *, quality: int = 85) -> bytes:
    """Return an RGB picture [y x 3] of bytes as JPEG without any metadata."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality, optimize=True)
    return stream.getvalue()


def _resize(picture: np.ndarray, scale: float, *, height: int | None = None) -> np.ndarray:
    rows, columns = picture.shape[:2]
    size = (max(1, round(columns * scale)), height or max(1, round(rows * scale)))
    if size == (columns, rows):
        return picture
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)


def _size_ratio(alignment: Alignment, width: int, height: int) -> float:
    """Return how many pixels of the later photograph one pixel of the earlier one spans, in the middle."""
    step = width / 50
    middle = np.array([[width / 2, height / 2], [width / 2 + step, height / 2], [width / 2, height / 2 + step]])
    moved = alignment.to_earlier(middle)
    per_step = np.linalg.norm(np.diff(moved[[1, 0, 2]], axis=0), axis=1).mean()
    return float(step / per_step)


def _warp(
    earlier: np.ndarray, shape: tuple[int, int], alignment: Alignment, *, scale: float, shrink: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return `earlier` in the frame of the later photograph, and where it shows anything."""
    x = np.arange(shape[1]) + 0.5
    where = np.empty((*shape, 2), np.float32)
    for row in range(shape[0]):
        later = np.column_stack([x, np.full_like(x, row + 0.5)]) / scale
        where[row] = alignment.to_earlier(later) * shrink - 0.5
    white = (_WHITE,) * 3
    warped = cv2.remap(
        earlier, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=white
    )
    most = np.array(earlier.shape[1::-1]) - 0.5
    inside = (where >= -0.5) & (where <= most)
    return np.asarray(warped), inside[..., 0] & inside[..., 1]
