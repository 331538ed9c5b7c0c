"""Where each label of a label image lies."""

from __future__ import annotations

import cv2
import numpy as np

Box = tuple[slice, slice] | None


def label_boxes(labels: np.ndarray, count: int | None = None) -> list[Box]:
    """Return the rows and columns of the labels 1 to `count` (default: the largest label); None for one not there."""
    rows, columns = np.nonzero(labels)
    numbers = labels[rows, columns].astype(np.intp)
    count = int(numbers.max(initial=0)) if count is None else count
    least = np.full((2, count + 1), np.iinfo(np.intp).max)
    most = np.full((2, count + 1), -1)
    for axis, places in enumerate((rows, columns)):
        np.minimum.at(least[axis], numbers, places)
        np.maximum.at(most[axis], numbers, places)
    return [
        (slice(int(top), int(bottom) + 1), slice(int(left), int(right) + 1)) if bottom >= 0 else None
        for top, left, bottom, right in zip(*least[:, 1:], *most[:, 1:], strict=True)
    ]


def box_of(region: np.ndarray) -> Box:
    """Return the rows and columns of a region (bool [y x]); None for an empty one."""
    left, top, columns, rows = cv2.boundingRect(np.ascontiguousarray(region).view(np.uint8))
    return (slice(top, top + rows), slice(left, left + columns)) if rows else None
