"""GS1 carriers: what the bar code on a device or cartridge says, by its application identifiers.

Read are the written form `(01)00844588003288(17)141120(10)7654321D(21)10987654d321`, the same with braces, and what a
bar code reader sends: no brackets, fields of free length ended by the separator FNC1 (character 29).
"""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass

_SEPARATOR = "\x1d"
#: Application identifier -> number of characters, for those of fixed length that a device may carry.
_FIXED = {"00": 18, "01": 14, "02": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6, "20": 2}
#: ... and of the others, at most.
_FREE = {"10": 20, "21": 20, "22": 20, "30": 8, "37": 8, "240": 30, "241": 30, "250": 30, "251": 30}
_BRACKETS = re.compile(r"\((\d{2,4})\)|\{(\d{2,4})\}")
#: What a reader may put in front: which kind of bar code it was.
_SYMBOLOGY = re.compile(r"^\](?:d2|C1|Q3|e0)")
_TEXT = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Gs1:
    """What a carrier says; None where it does not say it. `others` are identifiers with their values, as they stand."""

    device_identifier: str | None = None
    lot: str | None = None
    expiry: datetime.date | None = None
    serial: str | None = None
    made: datetime.date | None = None
    others: tuple[tuple[str, str], ...] = ()


def parse_gs1(carrier: str) -> Gs1:
    """Return what a GS1 carrier says. Raises ValueError, in words, for what is no whole GS1 carrier."""
    text = _SYMBOLOGY.sub("", carrier.strip())
    found = _read_written(text) if _BRACKETS.match(text) else _read_scanned(text)
    values = dict(found)
    if len(values) < len(found):
        raise ValueError("an application identifier stands there twice")
    if "01" not in values:
        raise ValueError("the device identifier, (01), is missing")
    _check_digits(values["01"])
    return Gs1(
        device_identifier=values.pop("01"),
        lot=values.pop("10", None),
        expiry=_read_day("17", values.pop("17", None)),
        serial=values.pop("21", None),
        made=_read_day("11", values.pop("11", None)),
        others=tuple(values.items()),
    )


def is_gs1(carrier: str) -> bool:
    """Whether a carrier claims to be GS1: other issuers (HIBCC, ICCBBA) begin with `+`, `=` or `&`."""
    return bool(_SYMBOLOGY.match(carrier) or _BRACKETS.match(carrier) or re.match(r"01\d{14}", carrier))


def _read_written(text: str) -> list[tuple[str, str]]:
    marks = list(_BRACKETS.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    found = [(mark[1] or mark[2], text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)]
    for name, value in found:
        _check_length(name, value)
    return found


def _read_scanned(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    rest = text.lstrip(_SEPARATOR)
    while rest:
        name = next((rest[:n] for n in (2, 3) if rest[:n] in _FIXED or rest[:n] in _FREE), None)
        if name is None:
            raise ValueError(f"no application identifier begins with {rest[:2]!r}")
        rest = rest[len(name) :]
        if name in _FIXED:
            value, rest = rest[: _FIXED[name]], rest[_FIXED[name] :]
        else:
            value, _, rest = rest.partition(_SEPARATOR)
        _check_length(name, value)
        found.append((name, value))
        rest = rest.lstrip(_SEPARATOR)
    return found


def _check_length(name: str, value: str) -> None:
    if not _TEXT.fullmatch(value):
        raise ValueError(f"({name}) holds nothing, or a character that GS1 has not")
    if name in _FIXED and not (value.isdigit() and len(value) == _FIXED[name]):
        raise ValueError(f"({name}) has {len(value)} characters instead of {_FIXED[name]} digits")
    if name in _FREE and len(value) > _FREE[name]:
        raise ValueError(f"({name}) has {len(value)} characters, at most {_FREE[name]} are allowed")


def _check_digits(number: str) -> None:
    """Raise ValueError unless the last digit is the check digit (modulo 10, weights 3 and 1) of the others."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(number[:-1]))
    if (10 - total % 10) % 10 != int(number[-1]):
        raise ValueError(f"the last digit of the device identifier {number} is not its check digit: a slip in copying")


def _read_day(name: str, value: str | None) -> datetime.date | None:
    """Return a day written YYMMDD of this century; day 00 is the last one of the month."""
    if value is None:
        return None
    year, month, day = 2000 + int(value[:2]), int(value[2:4]), int(value[4:])
    try:
        return datetime.date(year, month, day or calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        raise ValueError(f"({name}) {value} is no day (year, month, day of two digits each)") from None
