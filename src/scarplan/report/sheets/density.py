"""How close the visit sheet is set, so that it stays one page: more zones and longer texts leave less room.

The height of a page is estimated from its rows and letters with the sizes of its style sheet; the tests lay
out every density with two print engines and hold the estimate against them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

#: Height that may be filled: US Letter, the lower of the two papers, inside its margins, less what an estimate misses.
PAGE_MM = 255.0
_WIDTH_MM, _RECORD_WIDTH_MM = 194.0, 48.0
_MM_PER_PT = 25.4 / 72
#: Mean width of a letter as a part of the letter size, for a common sans serif face.
_LETTER_WIDTH = 0.5


@dataclass(frozen=True)
class Density:
    """One way to set the page, with the sizes of its class in the style sheet.

    name            the class in the style sheet
    base_mm         height of everything that every sheet holds
    row_mm          height of a row of zones
    letter_pt       size of the letters, line_height its part for one line
    note_letters    letters that all notes under the table of zones may take together
    line_letters    letters of a text that may run over two lines, or one
    records_apart   whether what is on record stands below each question, or all of it in one paragraph
    """

    name: str
    base_mm: float
    row_mm: float
    letter_pt: float
    line_height: float
    note_letters: int
    line_letters: int
    records_apart: bool

    @property
    def line_mm(self) -> float:
        """Height of one line of text, mm."""
        return self.letter_pt * _MM_PER_PT * self.line_height

    def count_lines(self, texts: Iterable[str]) -> int:
        """Return how many lines `texts` take, each beginning a new one."""
        return self._count(texts, _WIDTH_MM)

    def count_record_lines(self, texts: Iterable[str]) -> int:
        """Return how many lines `texts` take in the narrow place below a question."""
        return self._count(texts, _RECORD_WIDTH_MM)

    def _count(self, texts: Iterable[str], width_mm: float) -> int:
        letters = width_mm / (self.letter_pt * _MM_PER_PT * _LETTER_WIDTH)
        return sum(math.ceil(len(text) / letters) for text in texts)


#: From the roomiest to the closest that can still be read and ticked.
DENSITIES = (
    Density("roomy", 216.0, 7.0, 8.5, 1.22, note_letters=900, line_letters=230, records_apart=True),
    Density("snug", 190.0, 5.6, 8.0, 1.22, note_letters=700, line_letters=230, records_apart=True),
    Density("dense", 149.0, 4.5, 7.5, 1.14, note_letters=560, line_letters=230, records_apart=False),
    Density("tight", 141.0, 3.9, 7.5, 1.1, note_letters=1400, line_letters=230, records_apart=False),
    Density("tight", 141.0, 3.9, 7.5, 1.1, note_letters=800, line_letters=230, records_apart=False),
    Density("tight", 141.0, 3.9, 7.5, 1.1, note_letters=560, line_letters=130, records_apart=False),
    Density("tight", 141.0, 3.9, 7.5, 1.1, note_letters=400, line_letters=90, records_apart=False),
)
