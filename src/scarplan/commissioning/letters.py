"""The engraved id: hexadecimal digits on squares of 3 x 5, as rectangles to carve."""

from __future__ import annotations

from collections.abc import Iterator

from scarplan.errors import BadInput

ROWS, COLUMNS = 5, 3
#: Each digit row by row; a 1 is carved.
_DIGITS = {
    "0": "111 101 101 101 111",
    "1": "010 110 010 010 111",
    "2": "111 001 111 100 111",
    "3": "111 001 111 001 111",
    "4": "101 101 111 001 001",
    "5": "111 100 111 001 111",
    "6": "111 100 111 101 111",
    "7": "111 001 001 010 010",
    "8": "111 101 111 101 111",
    "9": "111 101 111 001 111",
    "A": "010 101 111 101 101",
    "B": "110 101 110 101 110",
    "C": "111 100 100 100 111",
    "D": "110 101 101 101 110",
    "E": "111 100 111 100 111",
    "F": "111 100 111 100 100",
}


def letter_strokes(text: str) -> Iterator[tuple[int, int, int, int]]:
    """Yield left, top, right and bottom of each stroke of `text`, in squares. Raises BadInput for other characters."""
    for place, letter in enumerate(text):
        if letter not in _DIGITS:
            raise BadInput(
                "the engraved id of a phantom holds a character that is not carved",
                code="E-COMM-001",
                got=text,
                allowed="digits and the letters A to F",
                do="leave the id of phantom.toml as it was written",
            )
        left = place * (COLUMNS + 1)
        squares = [[square == "1" for square in row] for row in _DIGITS[letter].split()]
        yield from ((left + c0, row, left + c1, row + 1) for row in range(ROWS) for c0, c1 in _runs(squares[row]))
        for column in range(COLUMNS):
            down = [squares[row][column] for row in range(ROWS)]
            yield from ((left + column, r0, left + column + 1, r1) for r0, r1 in _runs(down))


def _runs(squares: list[bool]) -> Iterator[tuple[int, int]]:
    """Yield where each run of carved squares begins and ends."""
    start = None
    for place, carved in enumerate([*squares, False]):
        if carved and start is None:
            start = place
        elif not carved and start is not None:
            yield start, place
            start = None
