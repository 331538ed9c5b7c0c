"""From templates to one self-contained page: everything inline, everything escaped, nothing loaded from outside."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader, Undefined
from markupsafe import Markup

from scarplan.report import counts, wording


def render_page(template: str, **values: Any) -> str:
    """Return the page made from `template` of this package; every value is escaped."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("scarplan.report"),
        autoescape=True,
        undefined=ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_say_unknown,
    )
    filters: dict[str, Callable[..., str]] = {
        "kind": wording.name_kind,
        "zone": wording.name_zone,
        "measure": wording.name_measure,
        "rule": wording.name_rule,
        "say_rules": wording.say_rules,
        "listed": wording.join_list,
        "sentence": wording.start_sentence,
        "number": wording.write_number,
        "trimmed": wording.write_trimmed,
        "about": wording.write_about,
        "sig": wording.write_figures,
        "needle_length": wording.write_needle_length,
        "day": wording.write_date,
        "dated": wording.write_dates,
        "spread": wording.write_spread,
        "span": wording.write_span,
        "band": wording.quantile_band,
        "percent_band": wording.percent_band,
        "change": wording.say_change,
        "count": counts.say_row_count,
        "goal": wording.name_goal,
        "chance": wording.say_chance,
        "protocol_once": wording.name_protocol_once,
    }
    environment.filters.update({name: _take_absent_as_unknown(words) for name, words in filters.items()})
    environment.filters["css_string"] = _quote_for_css
    environment.globals.update(asset=_read_asset, script_hash=_hash_script, trusted=Markup)
    return environment


def _take_absent_as_unknown(words: Callable[..., str]) -> Callable[..., str]:
    """Return the filter `words` that treats a key that is not there as an unknown value."""

    def say(value: Any, *arguments: Any) -> str:
        return words(*(None if isinstance(given, Undefined) else given for given in (value, *arguments)))

    return say


def _say_unknown(value: Any) -> Any:
    return wording.UNKNOWN if value is None or isinstance(value, Undefined) else value


def _read_asset(name: str) -> Markup:
    """Return a style sheet or script of this package, to stand inline."""
    return Markup(files("scarplan.report").joinpath("templates", name).read_text("utf-8"))


def _quote_for_css(text: Any) -> Markup:
    """Return `text` as a CSS string in quotes; whatever could end it, or the style sheet, is written as a code."""
    return Markup('"' + "".join(c if c.isalnum() or c in " .,;:·-" else f"\\{ord(c):x} " for c in str(text)) + '"')


def _hash_script(text: str) -> str:
    """Return the hash by which the page's security policy allows its one script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(str(text).encode()).digest()).decode()
