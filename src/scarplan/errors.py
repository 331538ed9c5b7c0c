"""The exception tree of scarplan.

ScarplanError            base; exit code 1 (a defect if it ever reaches a user as such)
 |- BadInput             exit 2: a file, value or option is wrong, or an earlier step is missing
 |   |- MissingStep      an earlier step of the case has not been done
 |   `- StaleResult      a result was made from inputs that have changed since
 `- Refused              exit 3: refused on purpose (do not needle, wait, scan cannot show scars, ...)

Every message says what was wrong, the value got, what is allowed, and what to do.
"""

from __future__ import annotations

from typing import Any


class ScarplanError(Exception):
    """Base class of every error that scarplan raises on purpose."""

    exit_code = 1


class BadInput(ScarplanError):
    """An input is wrong: says what, the value got, what is allowed and what to do.

    `code` is stable and names the page of the documentation, for example `E-SURF-004`.
    """

    exit_code = 2

    def __init__(self, what: str, *, code: str, got: object = None, allowed: str = "", do: str = "") -> None:
        self.what, self.code, self.got, self.allowed, self.do = what, code, got, allowed, do
        super().__init__(self._message())

    def _message(self) -> str:
        parts = [f"{self.code}: {self.what.rstrip('.')}."]
        if self.got is not None:
            parts.append(f"Got: {_shorten(self.got)}.")
        if self.allowed:
            parts.append(f"Allowed: {self.allowed.rstrip('.')}.")
        if self.do:
            parts.append(f"Do: {self.do.rstrip('.')}.")
        return " ".join(parts)


class MissingStep(BadInput):
    """An earlier step of the case folder has not been done yet."""


class StaleResult(BadInput):
    """A result was made from inputs that have changed since."""


class Refused(ScarplanError):
    """Refused on purpose: `reason` in words, `do` is the way out, `result` what can still be told."""

    exit_code = 3

    def __init__(self, reason: str, *, do: str, code: str, result: dict[str, Any] | None = None) -> None:
        self.reason, self.do, self.code, self.result = reason, do, code, result or {}
        super().__init__(f"{code}: {reason.rstrip('.')}. Do: {do.rstrip('.')}.")


def _shorten(value: object, limit: int = 160) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = text.replace("\n", " ")
    return text if len(text) <= limit else text[: limit - 3] + "..."
