"""The relief of a usual cheek by wavelength: phantoms are made of it, and the search for scars starts from it."""

from __future__ import annotations

from scarplan.evidence.library import value_of

#: The band beyond the measured ones, mm; its rms is an assumption.
_LONG_BAND_MM = (16.0, 40.0)


def cheek_bands() -> tuple[tuple[float, float, float], ...]:
    """Return each band from short to long: its least wavelength, its greatest, and the rms height in it, all in mm."""
    edges, rms = value_of("surface.cheek_band_edges_mm"), value_of("surface.cheek_band_rms_mm")
    measured = zip(edges[:-1], edges[1:], rms, strict=True)
    return (*measured, (*_LONG_BAND_MM, value_of("surface.undulation_16_40_mm")))
