"""The relief change of one scar in every draw at once, in single precision: a product, a minimum, a sum per day.

The law is that of `response.relief_change`. What a course gives does not depend on the scar and is written once, as
rows over the draws; what a scar gives does not depend on draw or day, and is written once as columns over its pixels.
Each draw has its gain in the rows of its own lateral smoothing and 0 in those of the others, so that one product does
them all. Only pixels of the floor that were seen are in it: nothing else moves or is measured.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from scarplan.response import FloorWindow, ZoneCourse
from scarplan.response.relief import NODES_MM, gain_at_nodes, smoothing_groups


@dataclass(frozen=True, eq=False)
class CourseRows:
    """What a course gives to every scar.

    gain        gain of floors of each depth, by smoothing [t row draw], row = smoothing * nodes + node
    released    share of tethers released, times the share of the depth that they hold [t draw]
    edge_off    release of an edge [t draw]
    deepening   ageing, part of the depth [t draw]
    """

    gain: Float[np.ndarray, "t row draw"]
    released: Float[np.ndarray, "t draw"]
    edge_off: Float[np.ndarray, "t draw"]
    deepening: Float[np.ndarray, "t draw"]


def write_rows(course: ZoneCourse) -> CourseRows:
    """Return the rows of `course`; do it once per course, not per scar."""
    sigmas, group = smoothing_groups(np.asarray(course.lateral_sigma_mm))
    mine = (group == np.arange(sigmas.size)[:, None])[:, None, :]
    days = range(course.days.size)
    gain = np.stack([(mine * gain_at_nodes(course, day).T).reshape(-1, group.size) for day in days])

    def by_day(values: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(values.T, dtype=np.float32)

    return CourseRows(
        gain=gain.astype(np.float32),
        released=by_day(np.asarray(course.tether_release) * np.asarray(course.tether_share)[:, None]),
        edge_off=by_day(np.asarray(course.edge_release)),
        deepening=by_day(np.asarray(course.deepening)),
    )


@dataclass(frozen=True, eq=False)
class FloorColumns:
    """What a scar gives to every draw and day.

    place     numbers of the floor's pixels that were seen [p]
    rows      rows of `CourseRows.gain` that occur [row]
    weights   smoothed hat functions of those rows, then depth, then shoulder [p row+2]
    """

    place: Int[np.ndarray, " p"]
    rows: Int[np.ndarray, " row"]
    weights: Float[np.ndarray, "p column"]

    def rise(
        self, course: CourseRows, day_index: int, *, tethered: np.ndarray, edged: np.ndarray
    ) -> Float[np.ndarray, "p draw"]:
        """Return by how much each pixel of the floor rises on one day in every draw, mm."""
        deepening = course.deepening[day_index]
        parts = np.empty((self.weights.shape[1], deepening.size), np.float32)
        parts[:-2] = course.gain[day_index][self.rows]
        # Ageing deepens what is lifted and what it is cut at alike.
        parts[-2] = course.released[day_index] * tethered - deepening
        parts[-1] = course.edge_off[day_index] * edged
        risen = self.weights @ parts
        return np.minimum(risen, np.multiply.outer(self.weights[:, -2], 1 - deepening), out=risen)


def write_columns_of(floor: FloorWindow, known: Bool[np.ndarray, "y x"]) -> FloorColumns:
    """Return the columns of a scar's floor; do it once per scar."""
    place = np.flatnonzero((floor.depth_mm > 0) & known)
    smoothings = floor.smoothed.shape[0]
    rows = np.arange(smoothings)[:, None] * NODES_MM.size + floor.nodes
    hats = floor.smoothed[:, :, place].reshape(-1, place.size)
    weights = np.concatenate(
        [hats, floor.depth_mm.reshape(1, -1)[:, place], floor.shoulder_mm.reshape(1, -1)[:, place]]
    )
    return FloorColumns(
        place=place, rows=rows.reshape(-1).astype(np.intp), weights=np.ascontiguousarray(weights.T, dtype=np.float32)
    )
