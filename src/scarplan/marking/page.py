"""From a template, a style sheet and a script to one page: everything inline, nothing loaded from outside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template


def fill_page(package: str, page: str, /, **values: object) -> str:
    """Return `page` of `package`: `page/<page>.html`, its style and script inline behind those that all pages share.

    `values` go into the template as they are: text has to be escaped before. The template's security policy allows
    this one script by its hash.
    """
    script = _read(__package__, "page_parts", "marking.js") + _read(package, "page", f"{page}.js")
    return Template(_read(package, "page", f"{page}.html")).substitute(
        values,
        style=_read(__package__, "page_parts", "marking.css") + _read(package, "page", f"{page}.css"),
        script=script,
        script_hash="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def choose(group: str, value: str, inside: str, *, first: bool) -> str:
    """Return one button of a row of which one is chosen; `inside` is HTML."""
    chosen = " checked" if first else ""
    button = f'<input type="radio" name="{group}" value="{value}"{chosen}>'
    return f'<label class="choice">{button}<span>{inside}</span></label>'


def list_options(names: Mapping[str, str]) -> str:
    """Return the options of a list to choose from: values with their words."""
    return "".join(f'<option value="{name}">{escape(start_sentence(words))}</option>' for name, words in names.items())


def start_sentence(words: str) -> str:
    """Return `words` with a capital letter."""
    return words[:1].upper() + words[1:]


def _read(package: str | None, *path: str) -> str:
    return files(package or "").joinpath(*path).read_text("utf-8")
