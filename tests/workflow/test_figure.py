"""`scars --figure`: the relief with numbered scars as a picture of its own."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scarplan.errors import MissingStep
from scarplan.workflow.figure import draw_scars


def read_pixels(path: Path) -> np.ndarray:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def test_the_figure_shows_every_scar_and_nothing_else(demo_copy: Path) -> None:
    with_scars = read_pixels(draw_scars(demo_copy))
    first = (demo_copy / "scars.png").read_bytes()
    assert min(with_scars.shape[:2]) > 500
    assert draw_scars(demo_copy).read_bytes() == first  # same case, same bytes

    path = demo_copy / "results" / "scars.json"
    result = json.loads(path.read_text("utf-8"))
    gone = result["scars"].pop()
    path.write_text(json.dumps(result), "utf-8")
    changed = np.argwhere(np.any(read_pixels(draw_scars(demo_copy)) != with_scars, axis=2))
    assert len(changed) > 20
    # What changed lies around the scar that is gone: the picture is not drawn anew elsewhere.
    span = changed.max(axis=0) - changed.min(axis=0)
    assert span.max() < with_scars.shape[0] * (gone["width_mm"] + 6.0) / 40.0


def test_a_case_without_scars_has_no_figure(tmp_path: Path) -> None:
    with pytest.raises(MissingStep, match="does not exist"):
        draw_scars(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingStep, match="no result of `scars` yet"):
        draw_scars(tmp_path / "empty")
