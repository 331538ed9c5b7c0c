"""Do two scans show the same skin? The correlation of their fine relief, held against what chance reaches.

Two reliefs of few furrows agree by chance more easily than two of many: how many independent pieces an overlap holds is
estimated from how far either relief resembles itself (the variance of a correlation of two random fields, Bartlett
1935, on the map). Every turn and shift has been tried before, so the best of many chances must be beaten.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy import fft

from scarplan.evidence.library import value_of
from scarplan.visits.bands import band_of, remove_form, robust_sd

#: Deviations beyond which relief is cut: a single deep pore on both sides must not vouch for the rest.
_CUT = 3.0
#: Fewer values than this agree anyhow.
_FEWEST = 16
#: Fisher's transform of a correlation has the variance 1 / (n - 3).
_FISHER = 3.0
#: Relief resembles itself no farther than so many times the broad scale; beyond, only chance would be summed.
_SELF_REACH = 4.0


@dataclass(frozen=True)
class Likeness:
    """How alike two reliefs are.

    correlation   near 1 on the same skin, near 0 on another
    pieces        independent pieces of relief that were compared
    """

    correlation: float
    pieces: float

    @property
    def needed(self) -> float:
        """The correlation that chance does not reach on so many pieces, and that the same skin does; at most 1."""
        chance = np.tanh(float(value_of("visits.chance_sds")) / np.sqrt(max(self.pieces - _FISHER, 1e-3)))
        return max(float(value_of("visits.least_correlation")), float(chance))

    @property
    def is_same(self) -> bool:
        """Whether both reliefs are of the same skin."""
        return self.correlation >= self.needed


def compare_relief(
    one_mm: Float[np.ndarray, "y x"],
    two_mm: Float[np.ndarray, "y x"],
    free: Bool[np.ndarray, "y x"],
    *,
    pixel_mm: float,
) -> Likeness:
    """Return how alike the fine relief of two maps on one grid is on `free` skin."""
    fine, broad = (float(value_of(f"visits.match_{name}_mm")) / pixel_mm for name in ("fine", "broad"))
    # Without the form first: at borders it would leave the same trace on both, and any two skins would agree.
    flat = (remove_form(height, free) for height in (one_mm, two_mm))
    one, two = (cut_far(band_of(height, free, fine=fine, broad=broad), free) for height in flat)
    step = max(1, int(fine))  # what is smoothed by `fine` is told by every so manieth pixel
    thin = (slice(None, None, step), slice(None, None, step))
    pieces = count_pieces(one[thin], two[thin], free[thin], reach=int(np.ceil(_SELF_REACH * broad / step)))
    return Likeness(correlate(one[free], two[free]), pieces)


def cut_far(values: Float[np.ndarray, "y x"], use: Bool[np.ndarray, "y x"]) -> Float[np.ndarray, "y x"]:
    """Return values less their median, cut at some deviations; 0 where not used."""
    if not use.any():
        return np.zeros(values.shape)
    limit = _CUT * max(robust_sd(values[use]), 1e-9)
    return np.where(use, np.clip(values - np.median(values[use]), -limit, limit), 0.0)


def correlate(one: Float[np.ndarray, " n"], two: Float[np.ndarray, " n"]) -> float:
    """Return the correlation about zero; 0 of too few."""
    if one.size < _FEWEST:
        return 0.0
    return float((one * two).sum() / max(np.sqrt((one**2).sum() * (two**2).sum()), 1e-300))


def count_pieces(
    one: Float[np.ndarray, "y x"], two: Float[np.ndarray, "y x"], use: Bool[np.ndarray, "y x"], *, reach: int
) -> float:
    """Return how many independent values two maps (0 where not used) stand for; `reach` in pixels."""
    shape = tuple(fft.next_fast_len(n + reach + 1, real=True) for n in use.shape)
    powers = [fft.irfft2(np.abs(fft.rfft2(image, shape)) ** 2, shape) for image in (one, two, use.astype(float))]
    rows, columns = (np.minimum(np.arange(n), n - np.arange(n)) <= reach for n in shape)
    near = np.ix_(rows, columns)
    first, second, pairs = (power[near] for power in powers)
    alike = float((first * second / np.maximum(pairs, 1.0)).sum())
    return float(powers[0][0, 0] * powers[1][0, 0]) / alike if alike > 0 else 0.0
