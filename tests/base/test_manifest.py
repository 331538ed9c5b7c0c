"""The manifest: what a result was made from, without any clock."""

from __future__ import annotations

import platform
from importlib.metadata import version

from scarplan.canonical import dump_json, make_plain
from scarplan.manifest import make_manifest


def test_a_manifest_names_verb_seed_versions_and_inputs() -> None:
    made = make_plain(make_manifest("scars", inputs={"b": "2", "a": "1"}, seed=7, quantities=["z.z", "a.a", "z.z"]))
    assert made["verb"] == "scars"
    assert made["seed"] == 7
    assert made["device"] == "cpu"
    assert list(made["inputs"]) == ["a", "b"]
    assert made["quantities"] == ["a.a", "z.z"]
    assert made["versions"]["python"] == platform.python_version().rstrip("+")
    assert made["versions"]["scarplan"] == version("scarplan")
    assert "jax" not in made["versions"]


def test_jax_is_named_where_it_was_used() -> None:
    versions = make_manifest("forecast", inputs={}, uses_jax=True).versions
    assert {name: versions[name] for name in ("jax", "jaxlib", "equinox")} == {
        name: version(name) for name in ("jax", "jaxlib", "equinox")
    }


def test_the_same_run_has_the_same_manifest() -> None:
    one, two = (make_manifest("plan", inputs={"x": "1"}, seed=1, sources=names) for names in ({"a", "b"}, ["b", "a"]))
    assert dump_json(one) == dump_json(two)
