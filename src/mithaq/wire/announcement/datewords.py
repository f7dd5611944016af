"""What each word of a sentence can be in a date: a text read into letters, one for each word, number and mark.

Words come from the lexicon file `dates`, whose lists are `KINDS`; the forms of dates over the letters are in `dates`.

>>> from mithaq.wire.announcement.lexicon import decode_lexicon
>>> lexicon = decode_lexicon("en", {"dates": b'months = [{match = "june?", example = "1 June", tag = "6"}]'})
>>> read_words("9 june 2026", lexicon).letters
'd M Y'
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any, NamedTuple

from mithaq.wire.announcement.folded import fold_word
from mithaq.wire.announcement.lexicon import Lexicon

__all__ = ["KINDS", "Reading", "read_words"]

KINDS = {
    "months": "M", "hijri_months": "J", "ordinals": "O", "suffixes": "s", "decades": "S", "articles": "t", "of": "f",
    "day": "D", "month_words": "N", "year": "y", "hijri_era": "h", "gregorian_era": "g", "prepositions": "i",
    "range": "k", "conjunctions": "e", "glued": "w", "spans": "H", "span_letters": "G", "romans": "r", "parts": "p",
    "last": "L", "previous": "P", "following": "X", "relative_periods": "R", "relative_days": "Q", "ago": "o",
    "units": "u", "counts": "C", "weekdays": "W", "quantities": "q", "numbered": "c", "clock": "T", "day_halves": "A",
    "zones": "z",
}  # fmt: skip
"""The letter for the words of each list in the lexicon file `dates`.

Others: `d` a number of one or two digits, `Y` of four, `n` of other lengths, `a` and `b` months of weight 2 and 3, `I`
the T of ISO 8601, `~` any other word, `$` a sign before which or after which stands a number that is no year, `=` two
spaces or more, `#` any other mark; `. , / - : ( ) + ' _` and one space are themselves.
"""

_PIECES = re.compile(r"[0-9]+|[^\W\d_]+| +|.", re.DOTALL)
_PHRASE = re.compile(r"[(|)?]|[^(|)?]")


class _Sense(NamedTuple):
    letter: str
    tag: str
    weight: int


class _Vocabulary(NamedTuple):
    lexicon: Lexicon
    words: dict[str, _Sense]
    phrases: dict[str, list[tuple[list[str], _Sense]]]  # by their first word, the longest first
    conjunctions: tuple[str, ...]
    prepositions: Mapping[str, str]
    article: str


class Reading(NamedTuple):
    """A text by letters, what each one's words mean, and where they begin in the text; last of `at` is its end."""

    letters: str
    tags: list[str]
    at: list[int]


_BUILT: dict[int, _Vocabulary] = {}  # holds its lexicons, so that no other gets the number of one that is gone


def _vocabulary(lexicon: Lexicon) -> _Vocabulary:
    known = _BUILT.get(id(lexicon))
    if known is None or known.lexicon is not lexicon:
        if len(_BUILT) >= 16:
            _BUILT.clear()
        known = _BUILT[id(lexicon)] = _build(lexicon)
    return known


def _build(lexicon: Lexicon) -> _Vocabulary:
    words: dict[str, _Sense] = {}
    phrases: dict[str, list[tuple[list[str], _Sense]]] = {}
    proclitics: dict[str, Any] = lexicon.words.get("dates.proclitics", {})
    for name, letter in KINDS.items():
        entries = [(each.match, each.tag, each.weight) for each in lexicon.lists.get(f"dates.{name}", [])]
        entries += [(each["word"], each.get("tag", ""), 1) for each in lexicon.words.get(f"dates.{name}", [])]
        for match, tag, weight in entries:
            kind = "ab"[weight - 2] if letter == "M" and weight > 1 else letter
            for form in sorted(set(_expansions(match))):
                pieces = _PIECES.findall(fold_word(form))
                if len(pieces) == 1:
                    words[pieces[0]] = _Sense(kind, tag, weight)
                else:
                    phrases.setdefault(pieces[0], []).append((pieces, _Sense(kind, tag, weight)))
    for each in phrases.values():
        each.sort(key=lambda phrase: -len(phrase[0]))
    conjunctions = tuple(proclitics.get("conjunctions", ()))
    return _Vocabulary(
        lexicon, words, phrases, conjunctions, proclitics.get("prepositions", {}), proclitics.get("article", "")
    )


def _expansions(phrase: str) -> list[str]:
    """All that a phrase of `(a|b)` and `?` stands for."""
    stack: list[list[list[str]]] = [[[""]]]  # of open groups the alternatives, of these the last parts to go on
    before: list[list[str]] = [[]]
    for part in _PHRASE.findall(phrase):
        if part == "(":
            stack.append([[""]])
            before.append([])
        elif part == "|":
            stack[-1].append([""])
        elif part == "?":
            stack[-1][-1] += before[-1]
        else:
            parts = [part]
            if part == ")":
                parts = [each for alternative in stack.pop() for each in alternative]
                before.pop()
            before[-1] = stack[-1][-1]
            stack[-1][-1] = [left + right for left in before[-1] for right in parts]
    return [each for alternative in stack[0] for each in alternative]


def _forms(word: str, vocabulary: _Vocabulary) -> dict[str, bool]:
    """What a word may be without what is written together with it; and whether a preposition was taken away."""
    forms = {word: False}
    if not vocabulary.article:
        return forms
    if word.startswith(vocabulary.conjunctions) and len(word) > 2:
        forms[word[1:]] = False
    for base in [*forms]:
        for prefix, rest in vocabulary.prepositions.items():
            if base.startswith(prefix) and len(base) > len(prefix) + 1:
                forms.setdefault(rest + base[len(prefix) :], True)
    for each, bare in [*forms.items()]:
        if each.startswith(vocabulary.article):
            forms.setdefault(each[len(vocabulary.article) :], bare)
    return forms


def _sense(piece: str, forms: Mapping[str, bool], words: Mapping[str, _Sense]) -> _Sense:
    """What one word, number or mark can be in a date."""
    for form, bare in forms.items():
        sense = words.get(form)
        if sense and not (bare and sense.letter == "b"):
            return sense
    if forms:
        return _Sense({"t": "I", "z": "z"}.get(piece, "~"), "Z" if piece == "z" else "", 1)
    if piece[0].isdigit():
        return _Sense({1: "d", 2: "d", 4: "Y"}.get(len(piece), "n"), piece, 1)
    if piece[0] == " ":
        return _Sense(" " if piece == " " else "=", "", 1)
    if piece in ".,/-:()+'_":
        return _Sense(piece, "", 1)
    return _Sense("$" if piece in "#%" or unicodedata.category(piece) == "Sc" else "#", "", 1)


def read_words(folded: str, lexicon: Lexicon) -> Reading:
    """The letters of a folded text, in linear time."""
    vocabulary = _vocabulary(lexicon)
    pieces = _PIECES.findall(folded)
    at = [*accumulate(map(len, pieces), initial=0)]
    forms = {piece: _forms(piece, vocabulary) if piece[0].isalpha() else {} for piece in {*pieces}}
    senses = {piece: _sense(piece, each, vocabulary.words) for piece, each in forms.items()}
    openers = {
        piece: [phrase for form in each for phrase in vocabulary.phrases.get(form, ())]
        for piece, each in forms.items()
        if not vocabulary.phrases.keys().isdisjoint(each)
    }
    letters: list[str] = []
    tags: list[str] = []
    begins: list[int] = []
    place = 0
    while place < len(pieces):
        piece = pieces[place]
        sense, length = senses[piece], 1
        if piece in openers:
            sense, length = _longest(pieces, place, openers[piece], forms) or (sense, 1)
        letters.append(sense.letter)
        tags.append(sense.tag)
        begins.append(at[place])
        place += length
    return Reading("".join(letters), tags, [*begins, len(folded)])


def _longest(
    pieces: list[str], place: int, phrases: Iterable[tuple[list[str], _Sense]], forms: Mapping[str, Mapping[str, bool]]
) -> tuple[_Sense, int] | None:
    """The longest phrase that begins at a piece, and of how many pieces it is."""
    best = None
    for phrase, sense in phrases:
        if best and len(phrase) <= best[1]:
            continue
        there = pieces[place + 1 : place + len(phrase)]
        if len(there) == len(phrase) - 1 and all(
            piece == wanted or wanted in forms[piece] for piece, wanted in zip(there, phrase[1:], strict=True)
        ):
            best = sense, len(phrase)
    return best
