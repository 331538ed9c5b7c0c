"""ScannerProfile: what one scanner was found to do, by whom and when; None is not known.

`scarplan commission` writes it; a person may write one from a calibration certificate.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints

from scarplan.canonical import hash_content
from scarplan.records.record import Record, read_record

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Capture = Literal["structured_light", "laser", "photometric", "photogrammetry", "lidar", "unknown"]
CAPTURES: tuple[Capture, ...] = get_args(Capture)


class ScannerProfile(Record):
    """The profile of one scanner with its settings; another setting or distance is another scanner.

    method             what it rests on: scans of the printed phantom, repeated scans of skin, or a certificate
    truth              depths of the print as designed ("nominal") or as measured on the print
    noise_mm           standard deviation of the height noise of one pixel
    lateral_mm         wavelength at which half of the height comes through
    bias_mm            measured depth at a true depth of 0, with its standard deviation
    depth_gain         measured over true depth (slope), with its standard deviation
    repeatability_mm   standard deviation of local relief between repeated scans after registration
    passed             whether every limit was met; None where not everything could be tried
    """

    scanner: Text
    capture: Capture = "unknown"
    date: date
    name: Text
    role: Text
    method: Literal["phantom", "skin", "certificate"]
    truth: Literal["nominal", "measured"] | None = None
    phantom: Text | None = None
    scans: int = Field(ge=1, le=1000)
    noise_mm: float | None = Field(default=None, ge=0, le=5)
    lateral_mm: float | None = Field(default=None, gt=0, le=50)
    lateral_sd_mm: float | None = Field(default=None, ge=0, le=50)
    bias_mm: float | None = Field(default=None, ge=-5, le=5)
    bias_sd_mm: float | None = Field(default=None, ge=0, le=5)
    depth_gain: float | None = Field(default=None, gt=0, le=10)
    depth_gain_sd: float | None = Field(default=None, ge=0, le=10)
    repeatability_mm: float | None = Field(default=None, ge=0, le=5)
    smallest_width_mm: float | None = Field(default=None, gt=0, le=50)
    smallest_depth_mm: float | None = Field(default=None, gt=0, le=5)
    resolves_0_1_mm: bool | None = None
    passed: bool | None = None

    @property
    def content_hash(self) -> str:
        """The name by which results and the signed page know this profile: any change of a value gives another."""
        return hash_content(self)


def read_scanner_profile(path: Path) -> ScannerProfile:
    """Return the profile in the TOML file at `path`. Raises BadInput that tells every fault."""
    return read_record(path, ScannerProfile, what="scanner profile", template="scanner")
