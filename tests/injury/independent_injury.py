"""The equations of injury written a second time, with NumPy and SciPy alone, to check the package against.

Nothing of the package is used but the numbers of one draw. Different on purpose: depths are integrated over their own
density with adaptive quadrature between the places where the integrand bends, and so is the mean over a layer; the
package uses neither densities nor quadrature, but iterated integrals of the normal tail.
"""

from itertools import pairwise

import numpy as np
from scipy import integrate, special


def needle_radius(u, p, *, needle_mm):
    """Radius of the injured channel at height u above the tip, crushed rim included."""
    full = 0.5 * needle_mm * p["recoil_ratio"]
    return full * min(u / p["channel_taper_mm"], 1.0) + p["crush_margin_mm"] if u > 0.0 else 0.0


def rf_radius(u, p, *, needle_mm, bare_mm):
    """Radius of what an RF needle opens or heats, at height u above the tip."""
    rim = p["coagulated_rim_mm"]
    hot = 0.5 * needle_mm * p["recoil_ratio"] + p["crush_margin_mm"] + rim
    heated = hot if -rim < u < bare_mm else 0.0
    return max(heated, needle_radius(u, p, needle_mm=needle_mm))


def column_radius(u, p, *, length_mm, radius_mm, rim_mm):
    """Radius of a column at height u above its tip."""
    taper = p["column_taper_share"] * p["reached_fraction"] * length_mm
    return radius_mm * min(u / taper, 1.0) + rim_mm if u > 0.0 else 0.0


def depth_density(p, *, length_mm, limit_mm):
    """Density of the depth reached: normal, cut to 0 and the limit."""
    centre = p["reached_fraction"] * length_mm
    spread = p["reached_depth_cv"] * centre
    inside = special.ndtr((limit_mm - centre) / spread) - special.ndtr(-centre / spread)

    def density(reached):
        return np.exp(-0.5 * ((reached - centre) / spread) ** 2) / (spread * np.sqrt(2.0 * np.pi)) / inside

    return density, centre, spread


def area_at(depth_mm, radius, p, *, length_mm, limit_mm, bends):
    """Mean injured area of one channel at a depth; `bends` are the heights where its outline bends or jumps."""
    density, centre, spread = depth_density(p, length_mm=length_mm, limit_mm=limit_mm)
    marks = [depth_mm + u for u in bends] + [centre + n * spread for n in (-6, -3, -1, 0, 1, 3, 6)]
    borders = sorted({0.0, limit_mm, *(m for m in marks if 0.0 < m < limit_mm)})

    def injured(reached):
        return np.pi * radius(reached - depth_mm) ** 2 * density(reached)

    return sum(integrate.quad(injured, a, b, epsabs=1e-14, epsrel=1e-11)[0] for a, b in pairwise(borders))


def layer_area(top_mm, bottom_mm, radius, p, *, length_mm, limit_mm, bends):
    """Mean of `area_at` over a layer, cut where the deepest channel ends."""
    ends = sorted({top_mm, bottom_mm, *(e for e in (limit_mm - u for u in bends) if top_mm < e < bottom_mm)})

    def at(depth):
        return area_at(depth, radius, p, length_mm=length_mm, limit_mm=limit_mm, bends=bends)

    total = sum(integrate.quad(at, a, b, epsabs=1e-13, epsrel=1e-9)[0] for a, b in pairwise(ends))
    return total / (bottom_mm - top_mm)


def fractions(outline_mm2, core_mm2, *, per_mm2):
    """Injured and heated-only share from the areas of one channel: outline and opened or removed core."""
    missed_by_all, missed_by_cores = np.exp(-per_mm2 * outline_mm2), np.exp(-per_mm2 * core_mm2)
    return 1.0 - missed_by_all, missed_by_cores - missed_by_all
