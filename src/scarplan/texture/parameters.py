"""The parameters that are reported: their units and what they say, and all of them for one evaluation area."""

from __future__ import annotations

import numpy as np

from scarplan.texture.feature import feature_parameters
from scarplan.texture.height import height_parameters, volume_parameters
from scarplan.texture.hybrid import hybrid_parameters
from scarplan.texture.material_ratio import functional_parameters

#: Parameter -> (unit, meaning), in the order of the standard.
PARAMETERS: dict[str, tuple[str, str]] = {
    "Sq": ("um", "root mean square height"),
    "Sa": ("um", "arithmetical mean height"),
    "Sz": ("um", "maximum height"),
    "Sp": ("um", "maximum peak height"),
    "Sv": ("um", "maximum pit depth"),
    "Ssk": ("1", "skewness: below 0 pits prevail"),
    "Sku": ("1", "kurtosis: 3 for heights of a normal distribution"),
    "Sdq": ("1", "root mean square slope"),
    "Sdr": ("%", "developed area over projected area"),
    "Sal": ("mm", "autocorrelation length, the fastest decay to 0.2"),
    "Str": ("1", "texture aspect ratio: 1 alike in all directions, near 0 in grooves"),
    "Std": ("deg", "direction along the grooves, anticlockwise from left to right"),
    "Spd": ("1/mm2", "density of significant peaks"),
    "Spc": ("1/mm", "mean curvature of significant peaks"),
    "Svd": ("1/mm2", "density of significant pits"),
    "Svc": ("1/mm", "mean curvature of significant pits, below 0"),
    "S5p": ("um", "mean height of the five highest significant peaks"),
    "S5v": ("um", "mean depth of the five deepest significant pits"),
    "S10z": ("um", "ten point height: S5p and S5v together"),
    "Sha": ("mm2", "mean area of a significant hill above its highest saddle to another"),
    "Sda": ("mm2", "mean area of a significant dale below its lowest saddle to another"),
    "Shv": ("um mm2", "mean volume of a significant hill above its highest saddle to another"),
    "Sdv": ("um mm2", "mean volume of a significant dale below its lowest saddle to another"),
    "Sk": ("um", "height of the core, by the line through the flattest 40 % of the material ratio curve"),
    "Spk": ("um", "reduced height of the peaks above the core"),
    "Svk": ("um", "reduced depth of the valleys below the core"),
    "Smr1": ("%", "share of the area that is peaks above the core"),
    "Smr2": ("%", "share of the area that is peaks or core; the rest are valleys"),
    "Sxp": ("um", "extreme peak height: from 2.5 to 50 % of the material ratio"),
    "Sdc": ("um", "height between 10 and 80 % of the material ratio"),
    "Smr": ("%", "share of the area above the mean height"),
    "Vmp": ("um3/um2", "material of the peaks, above the highest 10 %"),
    "Vmc": ("um3/um2", "material of the core, from 10 to 80 %"),
    "Vvc": ("um3/um2", "void of the core, from 10 to 80 %"),
    "Vvv": ("um3/um2", "void of the valleys, below the lowest 20 %"),
}
SPATIAL = ("Sal", "Str", "Std")
#: What makes those features that were counted in um be told in mm.
_FEATURES_PER_UM = {
    "Spd": 1e6, "Svd": 1e6, "Spc": 1e3, "Svc": 1e3, "Sha": 1e-6, "Sda": 1e-6, "Shv": 1e-6, "Sdv": 1e-6,
}  # fmt: skip


def area_parameters(heights_um: np.ndarray, skin: np.ndarray, *, pixel_mm: float) -> dict[str, float]:
    """Return every parameter that one evaluation area [y x] tells alone, in the units of `PARAMETERS`."""
    seen = heights_um[skin]
    pixel_um = 1000 * pixel_mm
    found = height_parameters(seen) | volume_parameters(seen) | functional_parameters(seen)
    features = feature_parameters(heights_um, skin, pixel=pixel_um)
    for name, per_um in _FEATURES_PER_UM.items():
        features[name] *= per_um
    return found | hybrid_parameters(heights_um, skin, pixel=pixel_um) | features
