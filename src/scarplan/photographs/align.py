"""Align two photographs of one view on their common landmarks, or say why they cannot be.

The earlier photograph is brought into the frame of the later one, which stays as it is. Four or five landmarks give
a homography, six or more a thin-plate spline (scikit-image). How well it fits is told by leaving each landmark out
in turn: the residual is how far it lies from where the others put it. With fewer than six landmarks the others put
it by a similarity (shift, turn, scale), because a homography through four points fits anything. Far from all landmarks
nothing tells how well it fits: where they enclose a small part of the photograph, that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.photographs.marks import Position

Method = Literal["tps", "homography"]
Size = tuple[int, int]

#: A homography has eight unknowns, two equations a landmark.
LANDMARKS_LEAST = 4
#: With fewer than this a spline has nothing left to bend by once one landmark is left out.
_SPLINE_LANDMARKS_LEAST = 6
_GRID = 24
#: Nearer than this two taps may be meant for one place.
_TAP_SDS_APART = 3


@dataclass(frozen=True)
class Alignment:
    """How two photographs were aligned. `aligned_by` None: they are not, and `note` says why.

    `residual_px`: root mean square, in pixels of the later photograph; None where nothing could be judged.
    `doubt`: what the residual does not show, in words; empty where nothing.
    `to_earlier`: takes positions [n 2] of the later photograph to the earlier one; None where not aligned.
    """

    aligned_by: Method | None
    residual_px: float | None
    landmarks_common: tuple[str, ...]
    note: str
    doubt: str = ""
    to_earlier: Any = None


def judge_alignment(
    earlier: Mapping[str, Position], later: Mapping[str, Position], *, sizes_px: tuple[Size, Size]
) -> Alignment:
    """Return how landmarks (name -> pixels) of two photographs fit; `sizes_px` are (width, height) of both.

    Refused, with the reason in `note`: fewer than four in common, two nearer to each other than a finger can tell
    apart, almost on one line, mirrored, a residual that is too large, or a fit that would fold the photograph.
    """
    names = tuple(sorted(set(earlier) & set(later)))
    if len(names) < LANDMARKS_LEAST:
        return _refuse(names, f"{len(names)} landmarks in common, at least {LANDMARKS_LEAST} are needed")
    before, after = (np.array([marked[name] for name in names], float) for marked in (earlier, later))
    if fault := _find_degeneracy(before, after, sizes_px):
        return _refuse(names, fault)
    candidates: tuple[Method, ...] = ("tps", "homography") if len(names) >= _SPLINE_LANDMARKS_LEAST else ("homography",)
    for method in candidates:
        transform = _fit(method, after, before)
        if transform is not None and not _folds(transform, after, sizes_px[1]):
            residual = _leave_one_out(method, before, after)
            doubt = _find_doubt(before, after, sizes_px)
            return _accept_or_refuse(names, method, transform, residual, after, doubt)
    return _refuse(names, "the landmarks would fold the photograph: check that each is where its name says")


def _accept_or_refuse(
    names: tuple[str, ...], method: Method, transform: Any, residual: float, after: np.ndarray, doubt: str
) -> Alignment:
    limit = value_of("photographs.alignment_residual_most") * _spread(after)
    if not residual <= limit:
        return _refuse(
            names,
            f"the landmarks miss each other by {residual:.0f} pixels, more than the {limit:.0f} allowed: "
            "check that each is where its name says, and that head and camera stood alike",
            residual=residual,
        )
    fitted = "a thin-plate spline" if method == "tps" else "a homography"
    return Alignment(
        aligned_by=method,
        residual_px=residual,
        landmarks_common=names,
        note=f"aligned on {len(names)} landmarks by {fitted}; "
        f"each lies about {residual:.0f} pixels from where the others put it",
        doubt=doubt,
        to_earlier=transform,
    )


def _refuse(names: tuple[str, ...], reason: str, *, residual: float | None = None) -> Alignment:
    return Alignment(None, residual, names, f"not aligned: {reason}")


def _find_degeneracy(before: np.ndarray, after: np.ndarray, sizes_px: tuple[Size, Size]) -> str:
    """Return why these landmarks [n 2] cannot carry an alignment, or nothing."""
    flattest, tap_sd = value_of("photographs.landmark_flatness_least"), value_of("photographs.tap_sd")
    for which, points, size_px in (("earlier", before, sizes_px[0]), ("later", after, sizes_px[1])):
        singular = np.linalg.svd(points - points.mean(0), compute_uv=False)
        if _nearest(points) <= _TAP_SDS_APART * tap_sd * max(size_px):
            return f"two landmarks lie at one place in the {which} photograph"
        if singular[1] < flattest * singular[0]:
            return f"the landmarks lie almost on one line in the {which} photograph"
    turned, *_ = np.linalg.lstsq(before - before.mean(0), after - after.mean(0), rcond=None)
    if np.linalg.det(turned) <= 0:
        return "one photograph is mirrored, or left and right landmarks are exchanged"
    return ""


def _find_doubt(before: np.ndarray, after: np.ndarray, sizes_px: tuple[Size, Size]) -> str:
    """Return that landmarks [n 2] enclose too little of one of the photographs to vouch for the rest, or nothing."""
    from scipy.spatial import ConvexHull

    # In the plane the volume of a hull is its area.
    share = min(
        ConvexHull(points).volume / (width * height)
        for points, (width, height) in zip((before, after), sizes_px, strict=True)
    )
    if share >= value_of("photographs.landmark_hull_least"):
        return ""
    return (
        f"the common landmarks enclose {100 * share:.1f} % of the photograph: how well the two fit away from them is "
        "not known; mark some that lie farther apart"
    )


def _nearest(points: np.ndarray) -> float:
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    return float(apart[np.triu_indices(len(points), 1)].min())


def _spread(points: np.ndarray) -> float:
    """Return the root mean square distance of landmarks from their middle."""
    return float(np.sqrt(((points - points.mean(0)) ** 2).sum(1).mean()))


def _fit(method: Literal["tps", "homography", "similarity"], source: np.ndarray, target: np.ndarray) -> Any:
    """Return the transform that takes `source` to `target`, or None where there is none."""
    from skimage.transform import ProjectiveTransform, SimilarityTransform, ThinPlateSplineTransform

    kind = {"tps": ThinPlateSplineTransform, "homography": ProjectiveTransform, "similarity": SimilarityTransform}
    fitted = kind[method].from_estimate(source, target)
    return fitted if fitted else None


def _leave_one_out(method: Method, before: np.ndarray, after: np.ndarray) -> float:
    """Return the root mean square miss of each landmark by the fit of all the others, pixels of `after`."""
    model = method if len(after) >= _SPLINE_LANDMARKS_LEAST else "similarity"
    misses = []
    for i in range(len(after)):
        rest = np.arange(len(after)) != i
        fitted = _fit(model, before[rest], after[rest])
        if fitted is None:
            return float("inf")
        misses.append(np.linalg.norm(fitted(before[i : i + 1])[0] - after[i]))
    return float(np.sqrt(np.mean(np.square(misses))))


def _folds(transform: Any, landmarks: np.ndarray, size_px: Size) -> bool:
    """Whether the transform turns any part of the photograph over, or sends it to infinity."""
    reach = np.vstack([landmarks, [[0, 0]], [size_px]])
    (x0, y0), (x1, y1) = reach.min(0), reach.max(0)
    x, y = np.meshgrid(np.linspace(x0, x1, _GRID), np.linspace(y0, y1, _GRID))
    moved = transform(np.column_stack([x.ravel(), y.ravel()])).reshape(_GRID, _GRID, 2)
    across, down = np.diff(moved, axis=1)[:-1], np.diff(moved, axis=0)[:, :-1]
    turned = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
    return not (np.isfinite(moved).all() and (turned > 0).all())
