"""A few functions of Gwyddion's library (GPL: an oracle in development, never a dependency), by ctypes.

Debian: `apt-get install libgwyddion2-0`. `open_gwyddion` returns None where the library is missing.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Any

import numpy as np

_POINTER, _DOUBLE, _INT = ctypes.c_void_p, ctypes.c_double, ctypes.c_int
#: Function -> (what it returns, its arguments), of libgwyprocess2.
_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "gwy_data_field_new": (_POINTER, [_INT, _INT, _DOUBLE, _DOUBLE, _INT]),
    "gwy_data_field_get_data": (ctypes.POINTER(_DOUBLE), [_POINTER]),
    "gwy_data_field_fit_poly_max": (ctypes.POINTER(_DOUBLE), [_POINTER, _INT, _POINTER]),
    "gwy_data_field_subtract_poly_max": (None, [_POINTER, _INT, ctypes.POINTER(_DOUBLE)]),
    "gwy_data_field_filter_gaussian": (None, [_POINTER, _DOUBLE]),
    "gwy_data_field_filter_median": (None, [_POINTER, _INT]),
    "gwy_data_field_laplace_solve": (None, [_POINTER, _POINTER, _INT, _DOUBLE]),
    "gwy_data_field_get_stats": (None, [_POINTER, *[ctypes.POINTER(_DOUBLE)] * 5]),
    "gwy_data_field_get_surface_area": (_DOUBLE, [_POINTER]),
    "gwy_data_field_grains_mark_watershed": (
        None,
        [_POINTER, _POINTER, _INT, _INT, _DOUBLE, _INT, _DOUBLE, _INT, _INT],
    ),
}


class Gwyddion:
    """Gwyddion's functions on NumPy arrays [y x]; heights and pixel in the same unit."""

    def __init__(self, process: ctypes.CDLL, objects: ctypes.CDLL) -> None:
        self._process, self._objects = process, objects
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(process, name)
            function.restype, function.argtypes = result, arguments
        objects.g_object_unref.argtypes = [_POINTER]
        process.gwy_process_type_init()

    def remove_polynomial(self, heights: np.ndarray, degree: int) -> np.ndarray:
        """Return `heights` less the polynomial of total degree `degree` that fits best."""
        field = self._field(heights)
        coefficients = self._process.gwy_data_field_fit_poly_max(field, degree, None)
        self._process.gwy_data_field_subtract_poly_max(field, degree, coefficients)
        return self._take(field, heights.shape)

    def smooth(self, heights: np.ndarray, sigma: float) -> np.ndarray:
        """Return `heights` smoothed with a Gaussian of `sigma` pixels."""
        field = self._field(heights)
        self._process.gwy_data_field_filter_gaussian(field, sigma)
        return self._take(field, heights.shape)

    def median(self, heights: np.ndarray, size: int) -> np.ndarray:
        """Return the median of each neighbourhood of `size` pixels."""
        field = self._field(heights)
        self._process.gwy_data_field_filter_median(field, size)
        return self._take(field, heights.shape)

    def fill(self, heights: np.ndarray, masked: np.ndarray) -> np.ndarray:
        """Return `heights` with the masked part replaced by the solution of Laplace's equation."""
        field, mask = self._field(heights), self._field(masked.astype(float))
        self._process.gwy_data_field_laplace_solve(field, mask, -1, 1.0)
        self._objects.g_object_unref(mask)
        return self._take(field, heights.shape)

    def statistics(self, heights: np.ndarray, pixel: float) -> dict[str, float]:
        """Return Sa, Sq, Ssk, Sku (Gwyddion's kurtosis is the excess) and Sdr in percent."""
        field = self._field(heights, pixel)
        values = [_DOUBLE() for _ in range(5)]
        self._process.gwy_data_field_get_stats(field, *[ctypes.byref(value) for value in values])
        area = self._process.gwy_data_field_get_surface_area(field)
        self._objects.g_object_unref(field)
        _, sa, sq, skew, excess = (value.value for value in values)
        return {"Sa": sa, "Sq": sq, "Ssk": skew, "Sku": excess + 3, "Sdr": 100 * (area / (heights.size * pixel**2) - 1)}

    def watershed(self, heights: np.ndarray) -> np.ndarray:
        """Return the marked pits (bool [y x]) of the watershed with the default settings of the program."""
        field, grains = self._field(heights), self._field(np.zeros_like(heights))
        drop = 10 * float(np.ptp(heights)) / 5000
        self._process.gwy_data_field_grains_mark_watershed(field, grains, 10, 10, drop, 20, drop, 0, 1)
        self._objects.g_object_unref(field)
        return self._take(grains, heights.shape) > 0.5

    def _field(self, heights: np.ndarray, pixel: float = 1.0) -> Any:
        rows, columns = heights.shape
        field = self._process.gwy_data_field_new(columns, rows, columns * pixel, rows * pixel, 0)
        self._view(field, heights.shape)[:] = heights
        return field

    def _view(self, field: Any, shape: tuple[int, ...]) -> np.ndarray:
        return np.ctypeslib.as_array(self._process.gwy_data_field_get_data(field), shape)

    def _take(self, field: Any, shape: tuple[int, ...]) -> np.ndarray:
        values = self._view(field, shape).copy()
        self._objects.g_object_unref(field)
        return values


def open_gwyddion() -> Gwyddion | None:
    """Return Gwyddion's functions, or None where the library is missing."""
    names = [ctypes.util.find_library(name) for name in ("gobject-2.0", "gwyddion2", "gwyprocess2")]
    if None in names:
        return None
    # The library does not name what it needs: the others are opened first, for all to see.
    objects, _, process = (ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL) for name in names)
    return Gwyddion(process, objects)
