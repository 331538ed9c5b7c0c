"""The verb `scars` on a case: what it writes, refuses and carries along."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from scarplan.errors import MissingStep, Refused
from scarplan.records.case import Case
from scarplan.scars.storage import read_scarmap
from scarplan.workflow.scan import scan_surface
from scarplan.workflow.scars import find_scars

from .skin_generator import SkinOptions, make_skin

SKIN = make_skin(5, SkinOptions(size_mm=16, counts=(("icepick", 3), ("boxcar", 2), ("rolling", 1))))
SIGNED = "Dr Example,2026-03-02,"


def scan_into(folder: Path, relief: np.ndarray = SKIN.relief_mm, *, days: int | None = None) -> Path:
    np.save(folder / "map.npy", relief)
    case = folder / "case"
    scan_surface(
        folder / "map.npy", case, unit="mm", pixel_mm=SKIN.pixel_mm, zone="cheek", side="left", days_since_session=days
    )
    return case


def test_the_verb_writes_labels_rows_grades_and_its_result(tmp_path: Path) -> None:
    case, steps = scan_into(tmp_path), []
    result = find_scars(case, progress=lambda step, done: steps.append((done, step)))
    assert json.loads((case / "results/scars.json").read_text()) == json.loads(json.dumps(result))
    labels = np.load(case / "scars.npz")["labels"]
    assert labels.shape == SKIN.relief_mm.shape
    assert set(np.unique(labels)) - {0} == {scar["id"] for scar in result["scars"]}
    assert read_scarmap(case / "scars.npz").scars[0].zone == "cheek"
    assert (case / "scars.csv").read_text().count("\n") == len(result["scars"]) + 1
    assert "clinician's grade" in (case / "grades.toml").read_text()
    assert sum(result["counts"].values()) + len(result["low_confidence"]) == len(result["scars"])
    assert result["grades"]["whole_face"] is None
    assert result["review"] is None
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert "surface.npz" in result["manifest"]["inputs"]
    assert "scars.depth_chance_weights" in result["manifest"]["quantities"]


def test_twice_the_same_scan_gives_the_same_bytes(tmp_path: Path) -> None:
    case = scan_into(tmp_path)
    find_scars(case)
    first = {name: (case / name).read_bytes() for name in ("scars.npz", "scars.csv", "results/scars.json")}
    find_scars(case)
    assert first == {name: (case / name).read_bytes() for name in first}


def test_a_review_is_copied_used_again_and_told(tmp_path: Path) -> None:
    case = scan_into(tmp_path)
    before = find_scars(case)
    gone, kept = before["scars"][0]["id"], before["scars"][1]["id"]
    file = tmp_path / "mine.csv"
    file.write_text(
        "action,id,kind,x_mm,y_mm,chart,width_mm,reviewer,date,note\n"
        f"reject,{gone},,,,,,{SIGNED}\naccept,{kept},,,,,,{SIGNED}\n"
    )
    after = find_scars(case, review=file)
    assert after["review"] == {
        "reviewer": "Dr Example", "date": "2026-03-02", "accepted": 1, "rejected": 1, "retyped": 0, "added": 0,
    }  # fmt: skip
    assert (case / "review.csv").read_bytes() == file.read_bytes()
    assert gone not in {scar["id"] for scar in after["scars"]}
    assert next(scar for scar in after["scars"] if scar["id"] == kept)["reviewed"]
    assert find_scars(case) == after, "the review kept in the case is used again"


def test_a_review_of_another_scan_is_not_used(tmp_path: Path) -> None:
    case = scan_into(tmp_path)
    first = find_scars(case)
    file = tmp_path / "mine.csv"
    file.write_text(f"action,id,reviewer,date\nreject,{first['scars'][0]['id']},Dr Example,2026-03-02\n")
    find_scars(case, review=file)
    np.save(tmp_path / "map.npy", np.flipud(SKIN.relief_mm))
    scan_surface(tmp_path / "map.npy", case, unit="mm", pixel_mm=SKIN.pixel_mm, replace=True)
    assert find_scars(case)["review"] is None


def test_a_scan_that_cannot_show_scars_is_refused_with_the_way_out(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    case = scan_into(tmp_path, SKIN.relief_mm + 0.4 * random.standard_normal(SKIN.relief_mm.shape))
    with pytest.raises(Refused, match=r"cannot show scars.*Do: scan again") as refused:
        find_scars(case)
    assert refused.value.exit_code == 3
    assert refused.value.result["resolves"]["shows_scars"] is False
    assert not Case(case).has("scars.npz")


def test_before_the_scan_the_command_is_named(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    with pytest.raises(MissingStep, match="scarplan scan"):
        find_scars(tmp_path / "case")


def test_a_scan_soon_after_a_session_carries_its_warning(tmp_path: Path) -> None:
    result = find_scars(scan_into(tmp_path, days=5))
    assert any("session" in warning for warning in result["warnings"])


def test_every_leaf_of_the_result_has_a_lineage(tmp_path: Path) -> None:
    from scarplan.evidence.library import read_data

    patterns = [tuple(path.split(".")) for path in read_data("lineage", "scars.toml")]
    result = find_scars(scan_into(tmp_path))
    leaves = [leaf for key, value in result.items() if key != "manifest" for leaf in _leaves(value, (key,))]
    unknown = [leaf for leaf in leaves if not any(_fits(leaf, pattern) for pattern in patterns)]
    assert not unknown


def _leaves(value: object, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    if isinstance(value, dict) and value:
        return [leaf for key, one in value.items() for leaf in _leaves(one, (*path, key))]
    if isinstance(value, list) and value:
        return [leaf for k, one in enumerate(value) for leaf in _leaves(one, (*path, str(k)))]
    return [path]


def _fits(leaf: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    if pattern and pattern[-1] == "**":
        return len(leaf) >= len(pattern) and all(p in ("*", part) for p, part in zip(pattern[:-1], leaf, strict=False))
    return len(leaf) == len(pattern) and all(p in ("*", part) for p, part in zip(pattern, leaf, strict=True))
