"""What the tests of photographs may ask for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from made_photos import picture
from PIL import Image

MakePhoto = Callable[..., Path]


@pytest.fixture
def make_photo(tmp_path: Path) -> MakePhoto:
    """Return a function that saves a photograph and returns its path; `options` go to Pillow."""

    def make(name: str = "photo.jpg", *, pixels: np.ndarray | None = None, seed: int = 0, **options) -> Path:
        path = tmp_path / name
        Image.fromarray(picture(seed=seed) if pixels is None else pixels).save(path, **options)
        return path

    return make
