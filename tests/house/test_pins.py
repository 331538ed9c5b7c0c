"""Every package of the environment is pinned, exactly, in pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
PINS = PROJECT["tool"]["uv"]["constraint-dependencies"]
BUILD_PINS = PROJECT["tool"]["uv"]["build-constraint-dependencies"]
#: What makes an environment rather than lives in it.
INSTALLERS = {"pip", "setuptools", "wheel", "uv", "scarplan"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_pins_are_exact_and_sorted() -> None:
    for pins in (PINS, BUILD_PINS):
        assert all(re.fullmatch(r"[a-z0-9-]+==[0-9][0-9a-z.]*", pin) for pin in pins)
        names = [pin.split("==")[0] for pin in pins]
        assert names == sorted(set(names))


def test_every_dependency_is_pinned() -> None:
    groups = [*PROJECT["dependency-groups"].values(), *PROJECT["project"]["optional-dependencies"].values()]
    asked = [*PROJECT["project"]["dependencies"], *(name for group in groups for name in group)]
    assert {normal(name) for name in asked} <= {pin.split("==")[0] for pin in PINS}


def test_the_environment_is_what_the_pins_say() -> None:
    pinned = dict(pin.split("==") for pin in PINS)
    installed = {normal(d.name): d.version for d in distributions()}
    assert {n: v for n, v in installed.items() if n not in INSTALLERS and pinned.get(n) != v} == {}
