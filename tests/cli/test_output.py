"""Standard output: whole, in UTF-8, and quiet about a reader that has gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-c", "from scarplan.cli import main; main()"]


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *words], capture_output=True, env=os.environ | environment, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end differently there")
@pytest.mark.parametrize("words", [["devices", "--json"], ["template", "protocol"], ["schema", "patient"]])
def test_a_reader_that_has_gone_is_no_fault(words: list[str]) -> None:
    # The reader closes before anything is written, as `| true` does.
    with subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        writer.stdout.close()
        said = writer.stderr.read()
        assert (writer.wait(), said) == (0, b"")


def test_json_is_utf_8_whatever_the_terminal_speaks() -> None:
    plain, narrow = run("devices", "--json"), run("devices", "--json", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert narrow.returncode == 0, narrow.stderr
    assert narrow.stdout == plain.stdout
    assert json.loads(narrow.stdout.decode("utf-8"))["devices"]


def test_text_is_whole_on_a_narrow_terminal() -> None:
    narrow = run("template", "patient", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (narrow.returncode, narrow.stdout) == (0, run("template", "patient").stdout)


def test_a_message_on_a_narrow_terminal_is_no_traceback() -> None:
    told = run("scars", "Kiefer-Grüße", PYTHONIOENCODING="ascii:strict", PYTHONUTF8="0")
    assert (told.returncode, told.stdout) == (2, b"")
    assert b"E-CASE-001" in told.stderr
    assert b"Traceback" not in told.stderr
