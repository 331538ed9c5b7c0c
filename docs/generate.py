"""Write the generated pages of the reference: `uv run python docs/generate.py`. A test asserts that they are current.

Each page comes from where its facts live (the commands, the data files, the source), so that it cannot drift.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import click

DOCS = Path(__file__).parent
PACKAGE = DOCS.parent / "src" / "scarplan"
CODE = re.compile(r"E-[A-Z]+-\d{3}")
NOTE = "<!-- Written by docs/generate.py; change the source, not this page. -->\n\n"


def make_commands() -> str:
    """Return the reference of the command line: every `--help`."""
    from scarplan.cli.group import COMMANDS, main

    parts = ["# Commands", "", _fence(_help_of(main, "scarplan"))]
    for name, (module, _) in COMMANDS.items():
        command = import_module(f"scarplan.cli.{module}").command
        parts += [f"## {name}", "", _fence(_help_of(command, f"scarplan {name}"))]
    return "\n".join(parts)


def make_python() -> str:
    """Return the reference of the public functions."""
    import scarplan

    parts = ["# Python functions", "", "The verbs of the command line, at the top of the package.", ""]
    for name in scarplan.__all__:
        function = getattr(scarplan, name)
        parts += [f"## {name}", "", _fence(f"{name}{_signature(function)}"), inspect.getdoc(function) or "", ""]
    return "\n".join(parts)


def make_json() -> str:
    """Return what every path of every result is, from the lineage that `explain` reads."""
    parts = [
        "# JSON results",
        "",
        "`--json` prints one strict JSON object: no NaN, unknown is null. `results/<verb>.json` of the case is the "
        "same object. In a path `*` is any index or key, `**` any deeper path. `scarplan explain CASE PATH` walks on "
        "to the sources.",
        "",
    ]
    for path in sorted((PACKAGE / "evidence" / "data" / "lineage").glob("*.toml")):
        rows = tomllib.loads(path.read_text("utf-8"))
        parts += [f"## {path.stem}", "", "| path | how it is made | by |", "|---|---|---|"]
        parts += [f"| `{name}` | {_cell(row['how'])} | `{row.get('made_by', '-')}` |" for name, row in rows.items()]
        parts += [""]
    return "\n".join(parts)


def make_error_codes() -> str:
    """Return every error code of the source with its message and remedy."""
    parts = [
        "# Error codes",
        "",
        "Codes are stable. Exit code 2: bad input, bad usage, or a missing or stale earlier step. Exit code 3: refused "
        "on purpose. Words in braces stand for a value. How to read a message: "
        "[read an error](../how-to/read-an-error.md).",
        "",
    ]
    rooms: dict[str, list[tuple[str, int, str, str]]] = defaultdict(list)
    for code, exit_code, what, remedy in sorted(set(_raised_errors())):
        rooms[code.split("-")[1]].append((code, exit_code, what, remedy))
    for room, rows in sorted(rooms.items()):
        parts += [f"## {room}", "", "| code | exit | message | do |", "|---|---|---|---|"]
        parts += [f"| {code} | {number} | {_cell(what)} | {_cell(remedy)} |" for code, number, what, remedy in rows]
        parts += [""]
    return "\n".join(parts)


def make_rules() -> str:
    """Return the screening rules with their sources."""
    from scarplan.candidacy.rule import GROUPS, all_rules

    parts = [
        "# Screening rules",
        "",
        "The name of a rule is its key under `[history]` in `patient.toml`. Levels, answers and overrides: "
        "[candidacy](../explain/candidacy.md). Rules marked * have no override.",
        "",
    ]
    for group, heading in GROUPS.items():
        rules = [rule for rule in all_rules().values() if rule.group == group]
        parts += [
            f"## {heading}",
            "",
            "| rule | level | condition | action | basis, sources |",
            "|---|---|---|---|---|",
        ]
        for rule in rules:
            mark = " *" if rule.never_overridable else ""
            cited = f"{rule.basis.replace('_', ' ')}: {', '.join(rule.sources)}"
            cells = (rule.level, rule.condition, rule.action, cited)
            parts.append(f"| {_anchored(rule.id)}{mark} | {' | '.join(map(_cell, cells))} |")
        parts += [""]
    return "\n".join(parts)


def make_devices() -> str:
    """Return the device library."""
    from scarplan.devices import all_devices, all_energy_devices

    parts = [
        "# Devices",
        "",
        "What a device's label evaluated is the longest setting planned by default. Which to choose: "
        "[choose](../how-to/choose.md).",
        "",
    ]
    for device in all_devices():
        settings = ", ".join(f"{length:g}" for length in device.lengths_mm)
        evaluated = "unknown" if device.evaluated_max_mm is None else f"{device.evaluated_max_mm:g} mm"
        density = f"{device.channels_per_cm2_per_pass:.1f} per cm2 ({device.density_in_words})"
        rows = {
            "id": f"`{device.id}`",
            "class": device.device_class,
            "settings": f"{settings} mm",
            "evaluated to": evaluated,
            "needles": f"{device.needles}, {device.needle_diameter_mm:g} mm thick",
            "channels of one pass": density,
            "indication": device.indication or "-",
            "note": device.note or "-",
            "sources": ", ".join(device.sources),
        }
        parts += [f"## {device.name}", "", "| | |", "|---|---|"]
        parts += [f"| {name} | {_cell(text)} |" for name, text in rows.items()]
        parts += [""]
    parts += [
        "## Energy devices",
        "",
        "Needling is compared with them; no course is planned with one. Sizes of columns and heated zones are priors "
        "of the class: [parameters](parameters.md#injury).",
        "",
        "| id | name | class | deepest setting | shape of the injury | sources |",
        "|---|---|---|---|---|---|",
    ]
    for each in all_energy_devices():
        deepest = "unknown" if each.max_mm is None else f"{each.max_mm:g} mm"
        cells = (f"`{each.id}`", each.name, each.device_class, deepest, each.kernel, ", ".join(each.sources) or "-")
        parts.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(parts)


def make_uses() -> str:
    """Return what needling is used for, with the answer, the evidence and what is not known."""
    from scarplan.indications import ANSWER_WORDS, all_places, all_uses, answer_of_region

    parts = [
        "# Uses of needling",
        "",
        "What people ask needling for, and what scarplan does about each. `scarplan uses NAME` tells one of them.",
        "",
        "| answer | what it means |",
        "|---|---|",
        "| forecast | planned and forecast, with its range |",
        "| documented only | screened, photographed and followed; no settings and no forecast |",
        "| not for this product | neither planned nor followed here |",
        "",
    ]
    parts += ["## By region", "", "| region | what is done there | what is known | what is not |", "|---|---|---|---|"]
    for place in all_places():
        known = " ".join(
            f"{each.text} [{', '.join(f'`{source}`' for source in each.sources)}]" for each in place.evidence
        )
        answer = ANSWER_WORDS[answer_of_region(place.region)]
        cells = (place.name, f"{answer}. {place.why}", known, place.unknown)
        parts.append(f"| {' | '.join(map(_cell, cells))} |")
    parts += [""]
    for use in all_uses():
        where = "; ".join(f"{region}: {ANSWER_WORDS[use.answer_in(region)]}" for region in use.regions)
        parts += [f"## {use.name}", "", f"**{ANSWER_WORDS[use.answer].capitalize()}.** {use.why}", ""]
        parts += [f"- {each.text} [{', '.join(f'`{source}`' for source in each.sources)}]" for each in use.evidence]
        own = [f"- On the {each.region}: {each.why} {each.what_to_do}" for each in use.by_region]
        parts += [
            f"- Not known: {use.unknown}",
            f"- What to do: {use.what_to_do}",
            *own,
            f"- Where: {where}. Name: `{use.id}`",
            "",
        ]
    return "\n".join(parts)


def make_parameters() -> str:
    """Return the quantities of every room."""
    from scarplan.evidence.tables import list_rooms, make_parameter_table

    parts = [
        "# Parameters",
        "",
        "Every number of medical or physical meaning, with the interval or prior it is drawn from. "
        "Kinds and verification: [how sources are ranked](../explain/sources.md).",
        "",
    ]
    for room in list_rooms():
        parts += [f"## {room}", "", make_parameter_table(room).rstrip(), ""]
    return "\n".join(parts)


def make_sources() -> str:
    """Return every source, the strongest first."""
    from scarplan.evidence.library import all_sources
    from scarplan.evidence.source import SOURCE_RANKS

    parts = ["# Sources", "", "How they are ranked: [how sources are ranked](../explain/sources.md).", ""]
    for rank in SOURCE_RANKS:
        rows = sorted((s for s in all_sources().values() if s.rank == rank), key=lambda s: s.id)
        if not rows:
            continue
        parts += [f"## {rank.capitalize()}", "", "| id | title | read as | where |", "|---|---|---|---|"]
        parts += [f"| {_anchored(s.id)} | {_cell(s.title)} | {s.verification} | {_where(s)} |" for s in rows]
        parts += [""]
    return "\n".join(parts)


def make_claims() -> str:
    """Return the table of the claims: statement, how sure, what carries it."""
    from scarplan.evidence.claims import CERTAINTY_WORDS

    parts = [
        "# Claims",
        "",
        "What the founding texts say of needling, in our words. Each has a page: where the evidence that was read "
        "agrees, where it contradicts, and what in this program carries the statement, or why nothing does yet.",
        "",
        "How sure is a judgement of this project, not a formal grading: "
        + "; ".join(f"**{_plain(word)}**, {meaning}" for word, meaning in CERTAINTY_WORDS.items())
        + ".",
        "",
        "| | statement | how sure | carried by |",
        "|---|---|---|---|",
    ]
    for claim in _claims():
        told = [_count_carriers(claim)] if claim.carried_by else []
        carried = "; ".join([*told, *(["in part not yet" if told else "not yet"] if claim.not_yet else [])])
        page = f"[{claim.id}]({claim.id.lower()}.md)"
        parts.append(f"| {page} | {_cell(claim.statement)} | {_plain(claim.certainty)} | {carried} |")
    return "\n".join(parts)


def make_claim(claim_id: str) -> str:
    """Return the page of one claim."""
    (claim,) = (each for each in _claims() if each.id == claim_id)
    parts = [
        f"# {claim.id}: {claim.title}",
        "",
        f"> {claim.statement}",
        "",
        f"**How sure: {_plain(claim.certainty)}**: {claim.because}.",
        "",
        "## Where the evidence agrees",
        "",
        *([_side(side) for side in claim.agrees] or ["Nothing was read that does."]),
        "",
        "## Where it contradicts",
        "",
        *([_side(side) for side in claim.contradicts] or ["Nothing was read that does."]),
        "",
        "## What carries it here",
        "",
    ]
    if claim.carried_by:
        parts += [f"- **{one.kind.capitalize()}:** {one.what}. {_carrier(one)}" for one in claim.carried_by]
        parts += [""]
    if claim.not_yet:
        parts += [f"**Not yet:** {claim.not_yet}", ""]
    return "\n".join(
        [*parts, "[All claims](index.md). How far each source was read: [sources](../../reference/sources.md)."]
    )


@cache
def _claims() -> tuple[Any, ...]:
    from scarplan.evidence.claims import all_claims

    return all_claims()


def _side(side: Any) -> str:
    """Return one thing that speaks for or against a claim, as a line of a list, with links to its sources."""
    text = side.text[0].upper() + side.text[1:]
    text = text if text.endswith(".") else text + "."
    links = ", ".join(f"[{name}](../../reference/sources.md#{name})" for name in side.sources)
    usual = "Usual practice: " if side.is_practice else ""
    return f"- {usual}{text}" + (f" ({links})" if links else "")


def _carrier(carrier: Any) -> str:
    """Return where a claim is carried, as a link where the documentation has a place for it."""
    where, up = carrier.where, "../../"
    if carrier.kind == "page":
        return f"[{where}]({up}{where.removeprefix('docs/')})"
    if carrier.kind == "command":
        return f"[scarplan {where}]({up}reference/commands.md#{where})"
    if carrier.kind == "rule":
        return f"[{where}]({up}reference/rules.md#{where})"
    if carrier.kind == "result":
        verb, _, path = where.partition(" ")
        return f"[{verb}]({up}reference/json.md#{verb}) `{path}`"
    room = where.partition(".")[0]
    if carrier.kind == "data" and "/" not in where and room in _rooms():
        return f"[{room}]({up}reference/parameters.md#{room}) `{where.partition('.')[2]}`"
    return f"`{where}`"


@cache
def _rooms() -> tuple[str, ...]:
    from scarplan.evidence.tables import list_rooms

    return list_rooms()


def _count_carriers(claim: Any) -> str:
    """Return how many things of each kind carry a claim: `2 laws, 1 rule`."""
    kinds = [carrier.kind for carrier in claim.carried_by]
    counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
    return ", ".join(kind if kind == "data" else f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in counts.items())


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _anchored(name: str) -> str:
    """Return a name as the cell of a table that pages can link to."""
    return f'<a id="{name}"></a>`{name}`'


def _where(source: Any) -> str:
    if source.doi:
        return f"doi {_cell(source.doi)}"
    return f"`{_cell(source.address)}`" if source.address else "-"


def _help_of(command: click.Command, name: str) -> str:
    context = click.Context(command, info_name=name, terminal_width=100, max_content_width=100)
    context.help_option_names = ["-h", "--help"]
    return command.get_help(context)


def _signature(function: Any) -> str:
    """Return the signature with one parameter a line, annotations as they stand in the source."""
    signature, lines = inspect.signature(function), []
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "    *," not in lines:
            lines.append("    *,")
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        lines.append(f"    {parameter.name}: {parameter.annotation}{default},")
    return (
        "\n".join(["(", *lines, f") -> {signature.return_annotation}"])
        if lines
        else f"() -> {signature.return_annotation}"
    )


def _raised_errors() -> Iterator[tuple[str, int, str, str]]:
    """Yield code, exit code, message and remedy of every error that the source raises."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        told = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                named = {keyword.arg: keyword.value for keyword in node.keywords}
                code = named.get("code")
                if isinstance(code, ast.Constant) and CODE.fullmatch(str(code.value)):
                    told.add(code.value)
                    refused = ast.unparse(node.func).endswith("Refused")
                    what = named.get("what", node.args[0] if node.args else named.get("reason"))
                    yield str(code.value), 3 if refused else 2, _template(what), _template(named.get("do"))
        constants = {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        for code in constants - told:
            if CODE.fullmatch(code):
                yield code, 2, "(composed where it happens)", "-"


def _template(node: ast.expr | None) -> str:
    """Return a text of the source as a template: what is computed stands in braces."""
    if node is None:
        return "-"
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_template, node.values))
    if isinstance(node, ast.BinOp):
        return _template(node.left) + _template(node.right)
    if isinstance(node, ast.IfExp):
        return _template(node.body)
    if isinstance(node, ast.FormattedValue):
        return _template(node.value)
    return "{" + _name_of(node) + "}"


def _name_of(node: ast.expr) -> str:
    """Return one plain word for an expression."""
    if isinstance(node, ast.Call):
        is_join = isinstance(node.func, ast.Attribute) and node.func.attr == "join"
        return _name_of(node.args[0] if is_join and node.args else node.func)
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_").replace("_", " ")
    if isinstance(node, ast.Name):
        return node.id.strip("_").replace("_", " ")
    if isinstance(node, ast.Subscript):
        return _name_of(node.value)
    return "..."


def _fence(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;").strip()


#: Page (path below docs/) -> what makes it.
def make_validation() -> str:
    """Return how the shipped model did on trials that it never saw, misses named."""
    result = json.loads((PACKAGE / "calibration" / "data" / "validation.json").read_text("utf-8"))
    summary, against = result["summary"], result["against"] or {}
    orders = summary["orders"]
    parts = [
        "# Validation on published trials",
        "",
        f"Each of {result['studies']} trials was predicted by a fit to all others (`scarplan validate`). Fitted anew "
        "each time: effects, spreads, yields. Not fitted: priors, virtual patients, the response model. Those who set "
        "them knew these trials (expectancy, spreads), so the strict test is on trials that are not among them.",
        "",
        "| figures | n | trials | inside 90 % | inside 50 % | CRPS, points | width, points | CRPS to reference |",
        "|---|---|---|---|---|---|---|---|",
    ]
    words = {
        "all": "all", "percent": "scores and relief", "needling": "of these, needling", "fraction": "responders",
        "pih": "dark patches",
    }  # fmt: skip
    for name, about in words.items():
        found, ratio = summary[name], against.get(name, {}).get("ratio")
        parts.append(
            f"| {about} | {found['rows']} | {found['studies']} | {found['inside90']} | {found['inside50']} | "
            f"{found['crps_by_study']:.1f} | {found['mean_width90']:.0f} | {'-' if ratio is None else f'{ratio:.2f}'} |"
        )
    parts += [
        "",
        "CRPS is the mean error of the whole predicted distribution, studies counted equally; one point is 1 % of the "
        "baseline score, or 1 % of the patients. Width: of 90 %. The reference is a random-effects meta-regression.",
        "",
        f"Order of arms within a trial: {orders['right']} of {orders['orders']} foreseen, Brier score "
        f"{orders['brier']:.3f}; a coin has 0.250.",
        "",
        "## Misses",
        "",
        "Published figures outside their 90 % interval; one in ten is expected.",
        "",
        "| trial | arm | instrument | published | predicted, 90 % |",
        "|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        if not row["inside90"]:
            scale = 1 if row["group"] == "percent" else 100
            low, middle, high = (scale * row[name] for name in ("q05", "q50", "q95"))
            parts.append(
                f"| `{row['study']}` | {row['arm'] or 'all'} | {row['instrument'].replace('_', ' ')} | "
                f"{scale * row['observed']:.0f} % | {middle:.0f} % ({low:.0f} to {high:.0f}) |"
            )
    return "\n".join(
        [
            *parts,
            "",
            "How to run it, and to predict a trial of your own: [predict a trial](../how-to/predict-trials.md).",
        ]
    )


def make_laws() -> str:
    """Return the laws of the model, the tests that hold them, and in which share of draws those with figures hold."""
    table = json.loads((DOCS.parent / "benchmarks" / "laws.json").read_text("utf-8"))
    parts = [
        "# The laws of the model",
        "",
        "What any healing skin must do, whatever its parameters. Laws of sign, order, bound and conservation hold in "
        "every draw; laws that name figures in the median and in at least nine draws of ten, or where they speak of "
        "the median alone, in half of the draws. "
        f"Shares are of {table['draws']} draws: of the priors, and of the posterior that the trials left of them "
        "(yield, lag of the surface, release of tethers). Patient: 25 years, skin type 4, usual sun; cheek; 1.5 mm, "
        "250 channels per cm2, four sessions 28 days apart unless told.",
        "",
    ]
    for law in tomllib.loads((DOCS / "laws.toml").read_text("utf-8"))["law"]:
        parts += [f"## Law {law['number']}", "", law["statement"], ""]
        if law.get("figures"):
            parts += ["| figure | asked of | priors | median | posterior | median |", "|---|---|---|---|---|---|"]
            parts += [_law_row(row) for row in table["rows"] if row["law"] == law["number"]]
            parts.append("")
        if "limit" in law:
            parts += [f"**Limit.** {law['limit']}", ""]
        parts += ["Held by " + ", ".join(f"`{name.rpartition('/')[2]}`" for name in law["tests"]) + ".", ""]
    return "\n".join(parts)


def _law_row(row: dict[str, Any]) -> str:
    cells = [f"{100 * row[of]['share']:.0f} % | {row[of]['middle'] or '-'}" for of in ("prior", "posterior")]
    asked = "the median" if row["asked_of"] == 0.5 else f"{100 * row['asked_of']:.0f} % of draws"
    return f"| {_cell(row['what'])} | {asked} | {' | '.join(cells)} |"


PAGES: dict[str, Callable[[], str]] = {
    "reference/commands.md": make_commands,
    "reference/python.md": make_python,
    "reference/json.md": make_json,
    "reference/error-codes.md": make_error_codes,
    "reference/rules.md": make_rules,
    "reference/devices.md": make_devices,
    "reference/uses.md": make_uses,
    "reference/parameters.md": make_parameters,
    "reference/sources.md": make_sources,
    "explain/claims/index.md": make_claims,
    "explain/validation.md": make_validation,
    "explain/laws.md": make_laws,
}
PAGES |= {
    f"explain/claims/{row['id'].lower()}.md": partial(make_claim, row["id"])
    for row in tomllib.loads((PACKAGE / "evidence" / "data" / "claims.toml").read_text("utf-8"))["claim"]
}


def make_page(name: str) -> str:
    """Return the text of the page called `name`: its title first, so that the site takes it as the title."""
    title, _, text = PAGES[name]().partition("\n")
    return f"{title}\n\n{NOTE}{text.strip()}\n"


def main() -> None:
    """Write every generated page."""
    for name in PAGES:
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(make_page(name), "utf-8")


if __name__ == "__main__":
    main()
