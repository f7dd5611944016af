"""Text folded for comparing, with the way back: one letter for its many spellings, and where each stood.

Folded are case and compatibility forms, Arabic vowel signs, tatweel, forms of alef, final ya and ta marbuta, Eastern
digits, Russian ё and stress marks, all kinds of quotation marks (to `"`), apostrophes (to `'`), dashes (to `-`) and
white space (each to one space); marks of direction and width are dropped. Words keep their order and borders.

>>> folded = fold_text("«Доверие»  –  ٢٠٣١")
>>> folded.text
'"доверие"  -  2031'
>>> folded.span(0, 9)
(0, 9)
"""

import unicodedata
from typing import NamedTuple

__all__ = ["Folded", "fold_text", "fold_word"]

_DROPPED = frozenset(
    chr(each)
    for each in (
        *range(0x0300, 0x0370), *range(0x0610, 0x061B), *range(0x064B, 0x0660), 0x0670, 0x0640, 0x00AD,
        *range(0x06D6, 0x06EE), *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0x061C,
        *range(0xFE00, 0xFE10),
    )
)  # fmt: skip
_ALIKE = {
    **dict.fromkeys("«»„“”‟″‹›❝❞〝〞＂", '"'),
    **dict.fromkeys("’‘‚‛`´ʼ", "'"),
    **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    **dict.fromkeys(("أ", "إ", "آ", "ٱ"), "ا"),
    "ى": "ي",
    "ی": "ي",
    "ئ": "ي",
    "ؤ": "و",
    "ک": "ك",
    "ة": "ه",
    "ё": "е",
    "،": ",",
    "؛": ";",
    "؟": "?",
    "…": "…",
}


class Folded(NamedTuple):
    """Folded text; `at[i]` is where its letter `i` stood, and one more at the end: the original's length."""

    text: str
    at: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the folded slice stood in the original."""
        if start >= end:
            return self.at[start], self.at[start]
        return self.at[start], self.at[end - 1] + 1


def fold_text(text: str) -> Folded:
    """`text` folded, letter by letter."""
    letters: list[str] = []
    at: list[int] = []
    for place, letter in enumerate(text):
        folded = _LETTERS[letter]
        if not folded and place and unicodedata.combining(letter):
            # й may come as и and a breve; what stays two letters when composed was only an accent.
            composed = unicodedata.normalize("NFC", text[place - 1] + letter)
            if len(composed) == 1 and letters and len(letters[-1]) == 1:
                letters[-1] = _LETTERS[composed][:1] or letters[-1]
        letters.append(folded)
        at += [place] * len(folded)
    at.append(len(text))
    return Folded("".join(letters), at)


def fold_word(text: str) -> str:
    """`text` folded, without the way back."""
    return "".join(map(_LETTERS.__getitem__, text))


class _Letters(dict[str, str]):
    """Each letter's folded form, found when it is first met; there are a million at most."""

    def __missing__(self, letter: str) -> str:
        self[letter] = folded = _fold_letter(letter)
        return folded


def _fold_letter(letter: str) -> str:
    if letter in _DROPPED:
        return ""
    if letter in _ALIKE:
        return _ALIKE[letter]
    if letter.isspace():
        return " "
    if letter.isdigit() and not letter.isascii():
        value = unicodedata.digit(letter, None)
        return letter if value is None else str(value)
    plain = unicodedata.normalize("NFKC", letter).casefold()
    if len(plain) == 1:
        return _ALIKE.get(plain, plain)
    return "".join(_ALIKE.get(each, each) for each in plain if each not in _DROPPED) or letter


_LETTERS = _Letters()
