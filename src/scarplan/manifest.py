"""The manifest that every result carries: seed, versions, device, input hashes, evidence used.

It holds no clock time: the same inputs and seed give the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import distribution

_RECORDED_PACKAGES = ("scarplan", "numpy", "scipy", "scikit-image")
_RECORDED_WHEN_JAX = ("jax", "jaxlib", "equinox")


@dataclass(frozen=True)
class Manifest:
    """How a result came to be. `inputs` maps a file or record name to its SHA-256."""

    verb: str
    inputs: Mapping[str, str]
    seed: int | None = None
    device: str = "cpu"
    versions: Mapping[str, str] = field(default_factory=dict)
    quantities: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def make_manifest(
    verb: str,
    *,
    inputs: Mapping[str, str],
    seed: int | None = None,
    device: str = "cpu",
    uses_jax: bool = False,
    quantities: Iterable[str] = (),
    sources: Iterable[str] = (),
) -> Manifest:
    """Return the manifest of one run of `verb`."""
    names = _RECORDED_PACKAGES + (_RECORDED_WHEN_JAX if uses_jax else ())
    versions = {"python": ".".join(map(str, sys.version_info[:3]))} | {name: _version(name) for name in names}
    return Manifest(
        verb=verb,
        inputs=dict(sorted(inputs.items())),
        seed=seed,
        device=device,
        versions=versions,
        quantities=tuple(sorted(set(quantities))),
        sources=tuple(sorted(set(sources))),
    )


def _version(package: str) -> str:
    # Only the line that tells it is read: the rest, a long description, takes longer than all else here.
    about = distribution(package).read_text("METADATA") or ""
    told = (line.partition(":")[2].strip() for line in about.splitlines() if line.startswith("Version:"))
    return next(told, "unknown")
