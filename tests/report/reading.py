"""What a reader meets on a rendered leaflet: its text by section and sentence, and how hard that is to read.

English: Flesch and Kincaid's grade, 0.39 words per sentence + 11.8 syllables per word - 15.59 (a school year).
Dutch: Douma's version of Flesch's ease, 206.84 - 0.77 syllables per 100 words - 0.93 words per sentence (0 to 100,
100 = easiest). Grade 8 is what Flesch's own scale calls plain, an ease of 60 to 70; the Dutch scale keeps these bands.
Syllables are counted from letters and rather too many than too few, so that a text is rather called too hard.
"""

import re
from html.parser import HTMLParser

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)?")
_BLOCKS = {"h1", "h2", "h3", "p", "li", "td", "th"}
_ENGLISH_PAIRS = ("ia", "io", "iu", "eo", "ua", "uo", "ya", "yo", "ao")
#: Pairs that are one sound in most words and two here: idea, create, science, quiet, being.
_ENGLISH_HIATUS = re.compile(r"ea$|eat(?=[eio])|ie(?=nc|t)|eing$|oin$")
_DUTCH_SOUNDS = re.compile(
    r"aai|ooi|oei|eeu|ieu|uw|aa|ee|oo|uu|ie|oe|eu|ui|ij|ei|ou|au|ai|oi|[aeiouyàáâäèéêëìíîïòóôöùúûü]"
)


class Reader(HTMLParser):
    """Collects the text of each block under the heading of its section; `blocks` are (heading, text)."""

    def __init__(self):
        super().__init__()
        self.blocks, self.open, self.heading, self.is_heading, self.hidden = [], None, "", False, 0

    def handle_starttag(self, tag, attrs):
        self.hidden += tag in ("style", "title")
        if tag in _BLOCKS:
            self.close_block()
            self.open, self.is_heading = "", tag == "h2"

    def handle_endtag(self, tag):
        self.hidden -= tag in ("style", "title")
        if tag in _BLOCKS:
            self.close_block()

    def close_block(self):
        text = " ".join((self.open or "").split())
        if self.is_heading and text:
            self.heading, self.is_heading = text, False
        if text:
            self.blocks.append((self.heading, text))
        self.open = None

    def handle_data(self, data):
        if not self.hidden and self.open is not None:
            self.open += data


def read_blocks(page):
    reader = Reader()
    reader.feed(page)
    return reader.blocks


def read_text(page):
    return " ".join(text for _, text in read_blocks(page))


def read_sections(page):
    """Return the blocks of each section by its heading."""
    sections = {}
    for heading, text in read_blocks(page):
        sections.setdefault(heading, []).append(text)
    return sections


def split_sentences(blocks):
    """Return the sentences of blocks; the end of a block ends a sentence too."""
    return [s for text in blocks for s in re.split(r"(?<=[.!?])[”’\"]?\s+", text) if WORD.search(s)]


def count_words(text):
    return len(WORD.findall(text))


def english_syllables(word):
    """Count groups of vowels, two for pairs that are often spoken apart; a mute e at the end is left away."""
    word = word.lower().replace("'", "").replace("’", "")
    if word.isdigit():
        return 1 + (len(word) > 1) + (len(word) > 2) * 3
    word = re.sub(r"[^a-z]", " ", word)
    return sum(_english_part(part) for part in word.split()) or 1


def _english_part(part):
    count = len(re.findall(r"[aeiouy]+", part))
    inner = re.sub(r"[tscx]io", "sho", part)
    count += sum(inner.count(pair) for pair in _ENGLISH_PAIRS)
    count += len(_ENGLISH_HIATUS.findall(inner))
    if re.search(r"(?<!c)[^aeiouyl]e$", part) and count > 1:
        count -= 1
    return max(1, count)


def dutch_syllables(word):
    """Count vowels and vowel pairs that are spoken as one sound."""
    word = word.lower()
    if word[0].isdigit():
        return 1 + (len(word) > 1) + (len(word) > 2) * 3
    return max(1, len(_DUTCH_SOUNDS.findall(word)))


def english_grade(blocks):
    words, sentences, syllables = _count(blocks, english_syllables)
    return 0.39 * words / sentences + 11.8 * syllables / words - 15.59


def dutch_ease(blocks):
    words, sentences, syllables = _count(blocks, dutch_syllables)
    return 206.84 - 77 * syllables / words - 0.93 * words / sentences


def _count(blocks, syllables_of):
    words = [word for text in blocks for word in WORD.findall(text)]
    return len(words), len(split_sentences(blocks)), sum(map(syllables_of, words))
