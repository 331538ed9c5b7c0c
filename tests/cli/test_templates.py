"""Templates are accepted by the verbs they are for; schemas are valid and say what the templates hold."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from scarplan.cli.group import main
from scarplan.records.clinic_protocol import read_clinic_protocol
from scarplan.records.goal import read_goals
from scarplan.workflow.template import NAMES


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / f"{request.param}.toml"
    path.write_text(run("template", request.param).stdout, "utf-8")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_commented_toml_and_ends_with_one_newline(name: str) -> None:
    result = run("template", name)
    assert (result.exit_code, result.stderr) == (0, "")
    assert tomllib.loads(result.stdout)
    assert result.stdout.count("#") >= 5
    assert result.stdout.endswith("\n")
    assert not result.stdout.endswith("\n\n")


@pytest.mark.parametrize("file", ["patient"], indirect=True)
def test_screen_takes_the_patient_template(file: Path) -> None:
    result = run("screen", str(file.parent / "case"), "--patient", str(file), "--date", "2026-03-02", "--json", "-q")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["decision"] == "open"  # nothing is answered yet


@pytest.mark.parametrize("file", ["goals"], indirect=True)
def test_the_goals_template_shows_every_kind_of_goal(file: Path) -> None:
    shown, begun, further = file.read_text("utf-8").partition("# [[goal]]")  # the further kinds stand as comments
    file.write_text(shown + re.sub("^# ", "", begun + further, flags=re.MULTILINE), "utf-8")
    kinds = {goal.kind for goal in read_goals(file).goal}
    schema = json.loads(run("schema", "goals").stdout)
    assert kinds == set(schema["properties"]["goal"]["items"]["discriminator"]["mapping"])


@pytest.mark.parametrize("file", ["protocol"], indirect=True)
def test_the_protocol_template_is_marked_as_an_example(file: Path) -> None:
    protocol = read_clinic_protocol(file)
    assert protocol.example
    assert protocol.zones


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_json_and_covers_what_its_template_holds(name: str) -> None:
    result = run("schema", name)
    assert (result.exit_code, result.stderr) == (0, "")
    schema = json.loads(result.stdout)
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert set(tomllib.loads(run("template", name).stdout)) <= set(schema["properties"])
    for reference in find_references(schema):
        assert reference.startswith("#/$defs/")
        assert reference.removeprefix("#/$defs/") in schema["$defs"]


def find_references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [each for inner in value.values() for each in find_references(inner)]
    return [each for inner in value for each in find_references(inner)] if isinstance(value, list) else []


def test_the_patient_schema_names_every_rule() -> None:
    schema = json.loads(run("schema", "patient").stdout)
    answered = tomllib.loads(run("template", "patient").stdout)["history"]
    assert set(answered) <= set(schema["properties"]["history"]["propertyNames"]["enum"])


@pytest.mark.parametrize("name", ["goals", "protocol"])
def test_a_template_needs_no_numerics(name: str) -> None:
    code = (
        "import sys\nfrom scarplan.cli import main\n"
        f"try:\n    main(['template', '{name}'])\nexcept SystemExit:\n    pass\n"
        "assert not {'jax', 'numpy', 'scipy', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)


@pytest.mark.parametrize("file", ["session", "adverse-event", "decision"], indirect=True)
def test_session_takes_the_templates_of_its_entries(file: Path) -> None:
    (file.parent / "case").mkdir()
    result = run("session", str(file.parent / "case"), "add", str(file), "--date", "2026-06-30", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["entry"]["content"]["record"]["kind"] == file.stem.replace("-", "_")


@pytest.mark.parametrize("file", ["session", "adverse-event", "decision"], indirect=True)
def test_every_line_of_an_entry_that_is_commented_out_is_valid_too(file: Path) -> None:
    """Take the # away before every line that looks like TOML: nothing in the template is only for show."""
    from scarplan.workflow.session_file import read_course_file

    lines = file.read_text("utf-8").splitlines()
    useful = [re.sub(r"^# (?=\[|\w+ = )", "", line) for line in lines]
    joined = "\n".join(useful).replace('route = "infiltration"', 'route = "other"')  # one of two ways to fill it
    file.write_text(joined, "utf-8")
    record = read_course_file(file)
    assert record.kind == file.stem.replace("-", "_")
