"""Scars on disk: reading back what was written, the same bytes again, and damaged files told in words."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from scarplan.errors import BadInput
from scarplan.scars.scarmap import Scar, ScarMap
from scarplan.scars.storage import read_scarmap, write_scars_csv, write_scars_npz

from .example_scars import example_map


def test_scars_npz_reads_back_what_was_written(tmp_path: Path) -> None:
    first = example_map()
    (tmp_path / "scars.npz").write_bytes(write_scars_npz(first))
    again = read_scarmap(tmp_path / "scars.npz")
    assert again.scars == first.scars
    assert (again.reviewed_by, again.reviewed_on) == (first.reviewed_by, first.reviewed_on)
    for chart in first.labels:
        assert np.array_equal(again.labels[chart], first.labels[chart])
        assert np.array_equal(again.level_mm[chart], first.level_mm[chart])


def test_a_height_map_has_labels_without_a_suffix_and_charts_have_one() -> None:
    whole = np.load(io.BytesIO(write_scars_npz(example_map())))
    assert whole["labels"].shape == (40, 50)
    chart = example_map()
    named = ScarMap((), {"cheek": chart.labels["map"]}, {"cheek": chart.level_mm["map"]})
    assert "labels_cheek" in np.load(io.BytesIO(write_scars_npz(named)))


def test_the_same_scars_give_the_same_bytes() -> None:
    assert write_scars_npz(example_map()) == write_scars_npz(example_map())
    assert write_scars_csv(example_map()) == write_scars_csv(example_map())


def test_scars_csv_has_units_in_its_columns_and_one_row_per_scar() -> None:
    rows = list(csv.DictReader(io.StringIO(write_scars_csv(example_map()).decode())))
    assert len(rows) == 2
    assert float(rows[0]["depth_mm"]) == 0.4
    assert rows[0]["zone"] == ""
    assert rows[0]["reviewed"] == "no"
    assert {"x_mm", "width_mm", "area_mm2", "volume_mm3", "wall_angle_deg", "probability_icepick"} <= set(rows[0])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", b"text"])
def test_a_damaged_file_is_told_in_words(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "scars.npz"
    path.write_bytes(data)
    with pytest.raises(BadInput, match="is damaged"):
        read_scarmap(path)


def test_a_missing_file_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="scarplan scars CASE"):
        read_scarmap(tmp_path / "scars.npz")


def test_a_scar_that_is_not_there_is_a_key_error() -> None:
    assert isinstance(example_map().scar(2), Scar)
    with pytest.raises(KeyError):
        example_map().scar(9)
