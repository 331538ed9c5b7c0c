"""Height maps in NumPy's own format. The header is checked before any data are loaded; nothing is unpickled."""

from __future__ import annotations

import math
import tokenize
import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy_format

from scarplan.errors import BadInput
from scarplan.surface.io.heights import check_header

_VERSIONS = ((1, 0), (2, 0), (3, 0))
_KEYS = (b"'descr'", b"'fortran_order'", b"'shape'")
# What NumPy's parser of headers raises over damaged ones.
_DAMAGED_HEADER = (
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    SyntaxError,
    tokenize.TokenError,
    TypeError,
    EOFError,
    MemoryError,
    RecursionError,
)


def read_npy(path: Path) -> np.ndarray:
    """Return the array in the file at `path`, in file units. Raises BadInput with what is wrong."""
    with path.open("rb") as stream:
        shape, fortran_order, dtype = _read_header(stream, path)
        check_header(dtype, shape, path)
        expected = stream.tell() + math.prod(shape) * dtype.itemsize
        got = path.stat().st_size
        if got != expected:
            raise _wrong_size(path, got=got, expected=expected)
        values = np.fromfile(stream, dtype=dtype, count=math.prod(shape))
    if values.size != math.prod(shape):
        raise _wrong_size(path, got=values.nbytes, expected=math.prod(shape) * dtype.itemsize)  # cut while it was read
    return values.reshape(shape, order="F" if fortran_order else "C")


def _read_header(stream: BinaryIO, path: Path) -> tuple[tuple[int, ...], bool, np.dtype]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # headers written by Python 2 are read with a warning
            version = npy_format.read_magic(stream)
            # Version 3 differs from 2 in the letters that names of fields may have; heights have none.
            read = {(1, 0): npy_format.read_array_header_1_0}.get(version, npy_format.read_array_header_2_0)
            if version not in _VERSIONS:
                raise ValueError(f"version {version[0]}.{version[1]}")
            shape, fortran_order, dtype = read(stream)
        if min(shape, default=1) < 0:
            raise ValueError("a negative length")
        _refuse_keys_told_twice(stream)
        return shape, fortran_order, dtype
    except _DAMAGED_HEADER as error:
        raise BadInput(
            f"the header of {path.name} is damaged or of an unknown version",
            code="E-SURF-022",
            got=str(error) or type(error).__name__,
            allowed="NPY version 1, 2 or 3",
            do="save it again with numpy.save",
        ) from None


def _refuse_keys_told_twice(stream: BinaryIO) -> None:
    """Raise ValueError when the header, which ends here, tells one key twice: NumPy would take the last."""
    end = stream.tell()
    stream.seek(0)
    header = stream.read(end)
    for key in _KEYS:
        if header.count(key) > 1:
            raise ValueError(f"{key.decode()} is told twice")


def _wrong_size(path: Path, *, got: int, expected: int) -> BadInput:
    return BadInput(
        f"{path.name} is {'truncated' if got < expected else 'longer than its header says'}",
        code="E-SURF-021",
        got=f"{got} bytes",
        allowed=f"{expected} bytes by its header",
        do="copy or export it again",
    )
