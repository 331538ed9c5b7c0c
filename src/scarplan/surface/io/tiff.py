"""Height maps in TIFF, 16 or 32 bit, integer or floating point. The tags are checked before data are loaded."""

from __future__ import annotations

import logging
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.errors import BadInput
from scarplan.surface.io.heights import check_header

#: Smaller copies of the image (a pyramid) are far fewer.
_MOST_PAGES = 64
_NO_DATA_TAG = 42113  # GDAL_NODATA: the value, as text, that means "not measured"


def read_tiff(path: Path) -> np.ndarray:
    """Return the one image in the file at `path`, in file units, NaN where its no-data tag says so."""
    import tifffile  # loaded only when a TIFF is read: starting stays fast

    # What the library would log about a damaged file is said in the error below.
    logging.getLogger("tifffile").addHandler(logging.NullHandler())
    try:
        with tifffile.TiffFile(path) as file:
            page = _only_page(file, path)
            _check_page(page, path)
            values = _read_values(page, path)
            no_data = _no_data_value(page)
    except BadInput:
        raise
    except Exception as error:  # the library raises whatever a damaged file provokes; to the user it is one fault
        raise BadInput(
            f"{path.name} cannot be read as TIFF: it is damaged or packed in a way that is not known here",
            code="E-SURF-030",
            got=f"{type(error).__name__}: {error}",
            allowed="TIFF, 16 or 32 bit, one image, without compression, or with deflate or LZW",
            do="save it again without compression",
        ) from None
    if no_data is None or np.isnan(no_data):
        return values
    return np.where(values == no_data, np.nan, values.astype(np.float64))


def _read_values(page: Any, path: Path) -> np.ndarray:
    """Return the heights of the page; what the library cannot unpack by itself (LZW) is unpacked by Pillow."""
    try:
        return np.asarray(page.asarray())
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
    from PIL import Image, ImageFile

    ImageFile.LOAD_TRUNCATED_IMAGES = False  # printing a PDF turns it on for the whole process
    with Image.open(path) as image:
        values = np.asarray(image)
    if values.shape != page.shape or values.dtype.kind != page.dtype.kind:
        raise ValueError(f"unpacked as {values.shape} of {values.dtype}")
    return values


def _only_page(file: Any, path: Path) -> Any:
    # Not all of them: in a damaged file the chain of images may have no end.
    full = [page for page in islice(file.pages, _MOST_PAGES) if not page.is_reduced]
    if len(full) != 1:
        raise BadInput(
            f"{path.name} holds {len(full)} images" + (" or more" if len(full) == _MOST_PAGES else ""),
            code="E-SURF-031",
            got=len(full),
            allowed="one image with one height per pixel",
            do="export the height map alone",
        )
    return full[0]


def _check_page(page: Any, path: Path) -> None:
    if page.dtype is None:
        raise ValueError("no known type of numbers")
    if page.samplesperpixel != 1:
        raise BadInput(
            f"{path.name} is a colour picture, not a height map",
            code="E-SURF-032",
            got=f"{page.samplesperpixel} values per pixel",
            allowed="one height per pixel",
            do="export the heights (often called topography or depth map)",
        )
    if page.dtype.itemsize < 2:
        raise BadInput(
            f"{path.name} has 8 bit or less per pixel: that is a picture, its 256 steps are too coarse for heights",
            code="E-SURF-033",
            got=f"{page.bitspersample} bit",
            allowed="16 or 32 bit, integer or floating point",
            do="export the heights with 16 or 32 bit",
        )
    check_header(np.dtype(page.dtype), page.shape, path)
    size = path.stat().st_size
    ends = [start + count for start, count in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if not ends or max(ends) > size or 0 in page.databytecounts:
        raise BadInput(
            f"{path.name} is truncated",
            code="E-SURF-034",
            got=f"{size} bytes",
            allowed=f"at least {max(ends, default=0)} bytes by its own table",
            do="copy or export it again",
        )


def _no_data_value(page: Any) -> float | None:
    tag = page.tags.get(_NO_DATA_TAG)
    if tag is None:
        return None
    try:
        return float(str(tag.value).strip("\x00 "))
    except ValueError:
        return None
