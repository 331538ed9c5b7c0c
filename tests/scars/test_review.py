"""The clinician's review: what it changes, and every fault told with line, column and what is allowed."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest

from scarplan.errors import BadInput
from scarplan.scars.find import find_scars_in
from scarplan.scars.review import Review, apply_review, read_review
from scarplan.scars.scarmap import ScarMap
from scarplan.surface.surface import Surface

from .skin_generator import SkinOptions, make_skin

HEADER = "action,id,kind,x_mm,y_mm,chart,width_mm,reviewer,date,note\n"
SIGNED = "Dr Example,2026-03-02,"
SKIN = make_skin(5, SkinOptions(size_mm=16, counts=(("icepick", 3), ("boxcar", 2), ("rolling", 1))))
SURFACE = Surface("map", SKIN.relief_mm, SKIN.valid, SKIN.pixel_mm)


@functools.cache
def scarmap() -> ScarMap:
    return find_scars_in(SURFACE)


def review_of(tmp_path: Path, *lines: str) -> Review:
    path = tmp_path / "review.csv"
    path.write_text(HEADER + "".join(f"{line}\n" for line in lines), "utf-8")
    return read_review(path)


def reviewed(tmp_path: Path, *lines: str) -> ScarMap:
    return apply_review(review_of(tmp_path, *lines), scarmap(), {"map": SURFACE})


def test_accept_reject_and_retype(tmp_path: Path) -> None:
    pits = [scar for scar in scarmap().scars if scar.depth_mm > 0]
    first, second, third = (scar.id for scar in pits[:3])
    after = reviewed(
        tmp_path,
        f"accept,{first},,,,,,{SIGNED}",
        f"reject,{second},,,,,,{SIGNED}",
        f"retype,{third},rolling,,,,,{SIGNED}",
    )
    assert after.scar(first).reviewed
    assert after.scar(first).depth_mm == scarmap().scar(first).depth_mm
    assert second not in {scar.id for scar in after.scars}
    assert not (after.labels["map"] == second).any()
    assert after.scar(third).kind == "rolling"
    assert after.scar(third).kind_probability["rolling"] == 1.0
    assert (after.reviewed_by, after.reviewed_on) == ("Dr Example", "2026-03-02")
    untouched = [scar for scar in after.scars if scar.id not in (first, third)]
    assert untouched
    assert not any(scar.reviewed for scar in untouched)


def test_a_scar_that_was_rejected_by_mistake_can_be_added_at_its_place(tmp_path: Path) -> None:
    scar = max((s for s in scarmap().scars if s.depth_mm > 0), key=lambda s: s.volume_mm3)
    without = reviewed(tmp_path, f"reject,{scar.id},,,,,,{SIGNED}")
    line = f"add,,{scar.kind},{scar.x_mm:.2f},{scar.y_mm:.2f},,{scar.width_mm:.1f},{SIGNED}"
    again = apply_review(review_of(tmp_path, line), without, {"map": SURFACE})
    added = again.scars[-1]
    assert added.reviewed
    assert added.kind == scar.kind
    assert added.id > max(s.id for s in without.scars)
    assert added.depth_mm == pytest.approx(scar.depth_mm, abs=0.05)
    assert added.width_mm == pytest.approx(scar.width_mm, rel=0.2)
    overlap = (again.labels["map"] == added.id) & (scarmap().labels["map"] == scar.id)
    assert overlap.sum() > 0.7 * (scarmap().labels["map"] == scar.id).sum()


def test_nothing_can_be_added_in_a_scar_or_beyond_the_map(tmp_path: Path) -> None:
    scar = scarmap().scars[0]
    with pytest.raises(BadInput, match="in another scar"):
        reviewed(tmp_path, f"add,,boxcar,{scar.x_mm},{scar.y_mm},,2,{SIGNED}")
    with pytest.raises(BadInput, match="outside the map"):
        reviewed(tmp_path, f"add,,boxcar,99,1,,2,{SIGNED}")


def test_nothing_can_be_added_where_nothing_stands_out(tmp_path: Path) -> None:
    flat = Surface("map", np.zeros((120, 120)), np.ones((120, 120), bool), 0.1)
    none = ScarMap((), {"map": np.zeros((120, 120), np.int32)}, {"map": np.zeros((120, 120), np.float32)})
    with pytest.raises(BadInput, match="nothing lies below the skin"):
        apply_review(review_of(tmp_path, f"add,,boxcar,6,6,,2,{SIGNED}"), none, {"map": flat})


def test_a_pit_cannot_be_retyped_as_raised(tmp_path: Path) -> None:
    scar = next(s for s in scarmap().scars if s.depth_mm > 0)
    with pytest.raises(BadInput, match=r"cannot be of this kind.*raised"):
        reviewed(tmp_path, f"retype,{scar.id},raised,,,,,{SIGNED}")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (f"remove,1,,,,,,{SIGNED}", "line 2, column action.*Got: remove"),
        (f"accept,,,,,,,{SIGNED}", "column id"),
        (f"accept,one,,,,,,{SIGNED}", "column id.*whole number"),
        (f"retype,1,,,,,,{SIGNED}", "column kind.*icepick"),
        (f"retype,1,crater,,,,,{SIGNED}", "column kind.*Got: crater"),
        (f"add,,boxcar,,,,,{SIGNED}", "column x_mm, y_mm"),
        (f"add,,boxcar,one,2,,,{SIGNED}", "column x_mm.*number in mm"),
        (f"add,,boxcar,nan,2,,,{SIGNED}", "column x_mm.*number in mm"),
        (f"add,,boxcar,1,2,,40,{SIGNED}", r"column width_mm.*0\.2 to 15"),
        (f"add,7,boxcar,1,2,,2,{SIGNED}", "column id.*new id"),
        ("accept,1,,,,,,,2026-03-02,", "names no reviewer"),
        ("accept,1,,,,,,Dr Example,2 March,", "no valid date"),
    ],
)
def test_a_faulty_line_is_told_with_its_column(tmp_path: Path, line: str, fault: str) -> None:
    with pytest.raises(BadInput, match=fault):
        review_of(tmp_path, line)


def test_an_unknown_id_and_a_scar_named_twice_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"not in the list.*999"):
        reviewed(tmp_path, f"accept,999,,,,,,{SIGNED}")
    with pytest.raises(BadInput, match="each scar once"):
        review_of(tmp_path, f"accept,1,,,,,,{SIGNED}", f"reject,1,,,,,,{SIGNED}")
    with pytest.raises(BadInput, match="more than one reviewer or date"):
        review_of(tmp_path, f"accept,1,,,,,,{SIGNED}", "accept,2,,,,,,Dr Other,2026-03-02,")


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", "has no rows"),
        (b"action,id,reviewer\naccept,1,x\n", "lacks the column date"),
        (b"action,id,reviewer,date,colour\naccept,1,x,2026-01-01,red\n", "unknown column.*colour"),
        (b"\xff\xfe\x00", "not UTF-8"),
    ],
)
def test_a_faulty_file_is_told(tmp_path: Path, data: bytes, fault: str) -> None:
    path = tmp_path / "review.csv"
    path.write_bytes(data)
    with pytest.raises(BadInput, match=fault):
        read_review(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_review(tmp_path / "none.csv")
