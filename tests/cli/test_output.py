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


@pytest.mark.parametrize("width", [40, 80, 200])
def test_lines_are_folded_between_words_and_nothing_is_lost(width: int) -> None:
    from scarplan.cli.output import fold_lines

    text = "\n".join(
        [
            "A line without an end that goes on and on until it is longer than the terminal is wide, as lines may.",
            "  Expect     in 11 groups of published trials with many people, scores fell by 8 % to 68 % (median 31 %)",
            "- made from the examination of 2026-03-02; depth and width of every scar were drawn from published ranges",
            "zone   side  passes",
            "",
            "cheek  left  3",
        ]
    )
    folded = fold_lines(text, width)
    assert folded.split() == text.split()
    assert max(map(len, folded.splitlines())) <= width
    assert "zone   side  passes\n\ncheek  left  3" in folded
    if width == 80:
        assert "\n" + " " * 13 + "8 % to 68 %" in folded
        assert "\n  drawn from published ranges" in folded


def test_a_pipe_gets_each_line_whole() -> None:
    said = run("devices", "-q", COLUMNS="40").stdout.decode("utf-8")
    assert max(map(len, said.splitlines())) > 40
