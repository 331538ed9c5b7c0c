"""`scarplan photo`: dated photographs, marks on them, and what they show side by side."""

from __future__ import annotations

from typing import Any

import click

from scarplan.cli.plan import name_kind
from scarplan.cli.table import format_table
from scarplan.cli.verb import CASE, verb_command

_DONE = {
    "added": "Added {id} ({file})",
    "replaced": "Replaced {id} ({file})",
    "removed": "Removed {id}",
    "removed marks": "Removed the marks of {rater} on {id}",
    "page written": "Written in the case folder: {file}. Open it in a browser, mark and save, then give what it saved: "
    "scarplan photo CASE --marks FILE --photo {id} --rater NAME",
    "marks kept": "Kept the marks of {rater} on {id} ({file})",
}


def show_photographs(result: dict[str, Any]) -> str:
    """Return the photographs of the case in words; after a step only what concerns the photograph it was about."""
    done = result["done"]
    about = done["id"] if done else None
    lines = [_DONE[done["what"]].format(**done) + "."] if done else []
    if done and "counts" in done:
        lines.append(_say_marks(result))
    if not result["photos"]:
        return "\n".join([*lines, "There are no photographs in this case."])
    rows = [
        (photo["id"], photo["view"], photo["taken_on"], ", ".join(photo["marks"]), photo["landmarks"])
        for photo in result["photos"]
    ]
    lines.append(format_table(("id", "view", "taken on", "marked by", "landmarks"), rows))
    for missing in result["views_missing"]:
        if (missing["views"] or missing["close_ups"]) and (about is None or about.startswith(missing["taken_on"])):
            lines.append(f"{missing['taken_on']}: not there: {', '.join([*missing['views'], *missing['close_ups']])}")
    for pair in result["pairs"]:
        if about not in (None, pair["earlier"], pair["later"]):
            continue
        lines.append(f"{pair['earlier']} and {pair['later']}: {pair['note']}")
        lines += [f"  {warning}" for warning in pair["warnings"]]
    lines += [_say_agreement(row) for row in result["agreement"] if about in (None, row["photo"])]
    for photo in (photo for photo in result["photos"] if about in (None, photo["id"])):
        if photo["colour"]:
            lines.append(f"{photo['id']}: {photo['colour_note']}")
            lines += [f"  {_say_skin(skin)}" for skin in photo["colour"]["skin"]]
        lines += [f"{photo['id']}: {warning}" for warning in photo["warnings"]]
    return "\n".join([*lines, *result["warnings"]])


def _say_marks(result: dict[str, Any]) -> str:
    """Return the kinds that were just marked, and the widths where edges and a ruler give one."""
    done = result["done"]
    kinds = [f"{count} {name_kind(kind)}" for kind, count in done["counts"].items() if count]
    (photo,) = (photo for photo in result["photos"] if photo["id"] == done["id"])
    (marked,) = (row for row in photo["scars"] if row["rater"] == done["rater"])
    widths = [
        f"{name_kind(scar['kind'])} {scar['width_mm']:.1f} mm"
        for scar in marked["scars"]
        if scar["width_mm"] is not None
    ]
    return f"Marked: {', '.join(kinds) or 'no scars'}; widths: {', '.join(widths) or 'none'}."


def _say_agreement(row: dict[str, Any]) -> str:
    kappa, both = row["kappa"], row["found_by_both"]
    words = f"{row['photo']}, {' and '.join(row['raters'])}: {row['note']}"
    if both["value"] is not None:
        words += f"; found by both {100 * both['value']:.0f} % ({100 * both['low']:.0f} to {100 * both['high']:.0f} %)"
    if kappa["low"] is not None:
        words += f"; kappa of kind {kappa['value']:.2f} ({kappa['low']:.2f} to {kappa['high']:.2f})"
    return f"{words}\n  {row['published']['words']}"


def _say_skin(skin: dict[str, Any]) -> str:
    if skin["lab"] is None:
        return f"{skin['name']}: {skin['note']}"
    words = f"{skin['name']}: redness a* {skin['erythema']:.1f} (sd {skin['erythema_sd']:.1f})"
    if skin["ita_deg"] is not None:
        classes = " or ".join(name.replace("_", " ") for name in skin["classes_possible"])
        words += f", typology angle {skin['ita_deg']:.0f} ± {skin['give_or_take_deg']:.0f} degrees ({classes})"
    if skin["redness_difference"] is not None:
        words += f", a* {skin['redness_difference']:+.1f} ± {skin['redness_give_or_take']:.1f} against the reference"
    return words


@verb_command(
    "photo",
    example="scarplan photo mycase left.jpg --view left45 --date 2026-05-01 --light window",
    show=show_photographs,
)
@click.argument("case", type=CASE)
@click.argument("file", required=False)
@click.option("--view", help="front, left45, right45, left90, right90, cheek_left, ... (left: the patient's left).")
@click.option("--date", help="Day on which it was taken, YYYY-MM-DD (default: the day the camera wrote).")
@click.option("--light", help="The light, in your own words, the same each time.")
@click.option(
    "--polarisation", type=click.Choice(["none", "parallel", "cross", "unknown"]), help="Filters on light and lens."
)
@click.option("--distance-cm", type=float, help="From lens to face.")
@click.option("--lens-mm", type=float, help="Focal length, as on a 36 x 24 mm frame.")
@click.option("--make-up", type=click.Choice(["yes", "no", "unknown"]), help="Was there make-up on the skin?")
@click.option(
    "--expression", type=click.Choice(["neutral", "smiling", "other", "unknown"]), help="Face at rest, or not."
)
@click.option("--ruler-mm", type=float, help="Length of the ruler that is in the frame.")
@click.option("--days-since-session", type=int, help="Days since the last needling session.")
@click.option(
    "--chart", type=click.Choice(["after_2014", "before_2014"]), help="When the 24-patch colour chart was made."
)
@click.option("--replace", is_flag=True, help="Replace the photograph of this view and day, or these marks.")
@click.option("--remove", metavar="ID", help="Remove this photograph; with --rater only these marks on it.")
@click.option("--mark", metavar="ID", help="Write a page on which this photograph is marked by tapping.")
@click.option("--marks", metavar="CSV", help="Keep the marks in this file, made on that page or by hand.")
@click.option("--photo", metavar="ID", help="The photograph that --marks belong to.")
@click.option("--rater", help="Name of who made the marks.")
def command(case: str, file: str | None, progress: Any, **options: Any) -> dict[str, Any]:
    """Add a dated photograph, mark scars on it, or list what there is (no FILE).

    All hidden data (place, serial number, names) are taken off; how it was taken is recorded. Two dates of a view are
    laid over each other on their landmarks. Marks give a kind always, a width only with a ruler in the frame, and
    never a depth; colour is read only with a colour chart in the frame.
    """
    from scarplan.workflow.photo import keep_photos

    return keep_photos(case, file, progress=progress, **options)
