"""Documentation that cannot rot: generated pages are current, every command and dependency is told."""

from __future__ import annotations

import importlib.util
import re
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from types import ModuleType

import pytest

from scarplan.cli.group import COMMANDS

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
PYPROJECT = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = load_generator()


@pytest.mark.parametrize("name", GENERATOR.PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == GENERATOR.make_page(name), "run: uv run python docs/generate.py"


def test_the_generator_follows_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "scan", ("scan", "Read another thing."))
    assert "Read another thing." in GENERATOR.make_commands()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_used_in_the_guides(name: str) -> None:
    guides = [PROJECT / "README.md", DOCS / "start.md", *(DOCS / "how-to").glob("*.md")]
    if name == "schema":  # for programs, not for a walk-through
        guides = [DOCS / "reference" / "commands.md"]
    assert any(re.search(rf"\bscarplan {name}\b", guide.read_text("utf-8")) for guide in guides)


def test_every_error_code_is_told() -> None:
    source = "\n".join(path.read_text("utf-8") for path in sorted(PROJECT.glob("src/**/*.py")))
    used = set(re.findall(r'"(E-[^"\s]+)"', source))
    assert used
    assert {code for code in used if not re.fullmatch(r"E-[A-Z]+-\d{3}", code)} == set()
    assert used == set(re.findall(r"^\| (E-\S+) ", GENERATOR.make_error_codes(), re.MULTILINE))


def direct_dependencies() -> set[str]:
    groups = PYPROJECT["dependency-groups"].values()
    built_with = PYPROJECT["build-system"]["requires"]
    extras = PYPROJECT["project"]["optional-dependencies"].values()
    asked = [*groups, *extras, PYPROJECT["project"]["dependencies"], built_with]
    return {name for names in asked for name in names}


def dependency_rows() -> dict[str, str]:
    row = re.compile(r"^\| ([a-z0-9-]+) \| .+ \| (.+) \| .+ \|$", re.MULTILINE)
    rows = row.findall((DOCS / "dependencies.md").read_text("utf-8"))
    return {name: licence for name, licence in rows if name != "package"}


def test_every_dependency_has_its_line() -> None:
    assert set(dependency_rows()) == direct_dependencies()


@pytest.mark.parametrize(("name", "licence"), dependency_rows().items())
def test_a_licence_is_what_the_package_says(name: str, licence: str) -> None:
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return  # a group that this environment leaves out; continuous integration installs them all
    says = " ".join([told.get("License-Expression") or "", told.get("License") or "", *told.get_all("Classifier", [])])
    family = re.match(r"[A-Z]+", licence)[0]  # BSD, MIT, Apache, MPL, PSF
    spelled = {"PSF": "Python Software Foundation", "A": "Apache", "BSD": "BSD|Redistribution and use in source"}
    assert re.search(spelled.get(family, family), says)
    assert "GPL" not in licence or name in PYPROJECT["dependency-groups"]["oracles"]


def test_links_between_files_hold() -> None:
    broken = []
    for page in [*PROJECT.glob("*.md"), *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            if "://" not in target and not (page.parent / target).exists():
                broken.append(f"{page.relative_to(PROJECT)} -> {target}")
    assert broken == []


def test_links_to_a_source_or_a_rule_find_its_row() -> None:
    for page in ("sources", "rules"):
        rows = set(re.findall(r'<a id="(\w+)"></a>', (DOCS / "reference" / f"{page}.md").read_text("utf-8")))
        assert rows
        for other in DOCS.rglob("*.md"):
            linked = set(re.findall(rf"reference/{page}\.md#(\w+)\)", other.read_text("utf-8")))
            assert linked <= rows, other


def test_every_claim_has_its_page_and_no_page_is_left_over() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in (DOCS / "explain" / "claims").glob("*.md")}
    assert pages == {name for name in GENERATOR.PAGES if name.startswith("explain/claims/")}
    assert len(pages) == 31


def test_the_words_of_the_screen_are_used() -> None:
    # "dose" and "target" are words of another field; the page that compares the two may use them.
    texts = {p: p.read_text("utf-8").lower() for p in [PROJECT / "README.md", *(DOCS / "how-to").glob("*.md")]}
    for path, text in texts.items():
        assert not re.search(r"\b(doses?|targets?)\b", text), path
        assert not re.search(r"\b(erase|erases|permanently)\b", text), path
