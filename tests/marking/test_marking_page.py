"""What pages for marking share: one script that the page's own policy allows, and words that cannot end a tag."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest

from scarplan.marking import choose, fill_page, list_options, start_sentence

PAGES = {
    "mark": ("scarplan.photographs", "id sha256 photo width height rater marks view day picture ruler_mm whats kinds"),
    "zones": ("scarplan.surface.zones", "name command views zones data"),
}
MORE = "landmarks corners patches"


def fill(page: str) -> str:
    package, names = PAGES[page]
    return fill_page(package, page, **dict.fromkeys(f"{names} {MORE}".split(), "x"))


@pytest.mark.parametrize("page", PAGES)
def test_the_policy_allows_just_the_script_that_stands_in_the_page(page: str) -> None:
    html = fill(page)
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    (allowed,) = re.findall(r"script-src '([^']+)'", html)
    assert allowed == "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert script.index("var marking =") < script.index("marking.makeStage(")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_every_part_that_the_shared_script_asks_for(page: str) -> None:
    html = fill(page)
    asked = set(re.findall(r'find\("([^"]+)"\)', html))
    assert {"stage", "overlay", "said", "undo", "clear", "tools"} <= asked
    assert [name for name in sorted(asked) if f'id="{name}"' not in html] == []


def test_a_button_and_a_list() -> None:
    assert 'value="b" checked><span>B</span>' in choose("a", "b", "B", first=True)
    assert "checked" not in choose("a", "b", "B", first=False)
    assert list_options({"x": "one < two"}) == '<option value="x">One &lt; two</option>'
    assert start_sentence("") == ""
