"""The posterior as it is shipped and read: draws, emulator, and a manifest with hashes. Reading needs no sampler."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.calibration.effects import effect_names
from scarplan.calibration.emulator import Emulator, read_emulator
from scarplan.calibration.pigment import pigment_names
from scarplan.canonical import dump_json, hash_bytes
from scarplan.errors import BadInput

ARRAYS, ABOUT = "posterior.npz", "posterior.json"
#: Draws that are kept: predictions are made of as many.
KEPT_DRAWS = 1000
_EMULATOR = "emulator_"
# Draws are kept to a thousandth of their unit (log odds, logarithms), effects to a hundredth of a point: half a file.
_STEP = 2.0**-10
_STEP_OF_EFFECTS = 2.0**-7


@dataclass(frozen=True, eq=False)
class Posterior:
    """Draws of what all studies share [draw ...], the emulator, and where they come from."""

    draws: dict[str, Float[np.ndarray, "draw ..."]]
    emulator: Emulator
    about: Mapping[str, Any]

    @property
    def count(self) -> int:
        """Number of draws."""
        return len(self.draws["effects"])

    @property
    def name(self) -> str:
        """What predictions say that they were made with."""
        return str(self.about.get("model", "scarplan"))


def thin_draws(draws: Mapping[str, Float[np.ndarray, "chain draw *shape"]]) -> dict[str, np.ndarray]:
    """Return at most KEPT_DRAWS draws, evenly from all chains."""
    chains, length = draws["effects"].shape[:2]
    each = np.linspace(0, length - 1, min(length, KEPT_DRAWS // chains)).round().astype(int)
    return {name: np.swapaxes(values[:, each], 0, 1).reshape(-1, *values.shape[2:]) for name, values in draws.items()}


def pack_posterior(draws: Mapping[str, np.ndarray], emulator: Emulator, about: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files of a posterior by name. The same posterior gives the same bytes."""
    arrays = {name: _round(values, _STEP_OF_EFFECTS if name == "effects" else _STEP) for name, values in draws.items()}
    emulated = {_EMULATOR + name: values for name, values in emulator.to_arrays().items()}
    data = _pack({**arrays, **emulated})
    names = {"effects": list(effect_names()), "pigment_effects": list(pigment_names())}
    told = {**about, "names": names, "draws": len(arrays["effects"]), "sha256": {ARRAYS: hash_bytes(data)}}
    return {ARRAYS: data, ABOUT: (dump_json(told, indent=1) + "\n").encode()}


def read_posterior(folder: str | Path | None = None) -> Posterior:
    """Read a posterior; without a folder, the shipped one. Raises BadInput where it is missing, changed or of old."""
    if folder is None:
        return _shipped()
    return _read(Path(folder))


@cache
def _shipped() -> Posterior:
    return _read(files("scarplan.calibration").joinpath("data"))


def _read(root: Traversable) -> Posterior:
    remedy = "run `scarplan calibrate FOLDER` and give that folder"
    try:
        data, about = root.joinpath(ARRAYS).read_bytes(), json.loads(root.joinpath(ABOUT).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(
            "there is no posterior that can be read", code="E-CALI-007", got=f"{root}: {error}", do=remedy
        ) from error
    if about.get("sha256", {}).get(ARRAYS) != hash_bytes(data):
        raise BadInput(
            "the posterior is not the one that was fitted: its hash differs",
            code="E-CALI-008",
            got=str(root.joinpath(ARRAYS)),
            allowed=f"the file whose SHA-256 stands in {ABOUT}",
            do=remedy,
        )
    if about["names"] != {"effects": list(effect_names()), "pigment_effects": list(pigment_names())}:
        raise BadInput(
            "the posterior was fitted with other effects than this version has",
            code="E-CALI-009",
            got=str(root),
            do=remedy,
        )
    with np.load(io.BytesIO(data)) as arrays:
        held = {name: arrays[name] for name in arrays.files}
    emulator = read_emulator({n.removeprefix(_EMULATOR): v for n, v in held.items() if n.startswith(_EMULATOR)})
    draws = {name: values.astype(float) for name, values in held.items() if not name.startswith(_EMULATOR)}
    return Posterior(draws, emulator, about)


def _round(values: np.ndarray, step: float) -> np.ndarray:
    return np.asarray(step * np.round(values / step), dtype=np.float32)


def _pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Return arrays as NPZ with a fixed date inside, so that the bytes depend on the numbers alone."""
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            part = io.BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(arrays[name]), allow_pickle=False)
            place = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(place, part.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return packed.getvalue()
