"""Sentences of the cleaned text, with what was found in them standing for itself.

A rule about the chair shouldn't know every country, date and name. So each sentence has a second text, in which one
private letter stands for each country (`{C}` in a phrase), adjective of one, organisation, date, short quotation or
person's name; and the way back from every letter of it to the cleaned text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from mithaq.wire.announcement.cleaning import Cleaned, Span
from mithaq.wire.announcement.dates import FoundDate, find_dates
from mithaq.wire.announcement.folded import Folded, fold_text, fold_word
from mithaq.wire.announcement.lexicon import MARKS, Lexicon, compile_phrases
from mithaq.wire.announcement.members import Name, Names

__all__ = ["Found", "Hit", "Sentence", "Sentences", "Typed"]

MAX_SENTENCES = 5000
_LONGEST = 1500
"""Letters of a sentence: what goes on longer without a full stop is cut, so that the time has a bound."""
_END = re.compile(r"""[.!?؟…]++["»”“'’)\]]*+(?=\s|\Z)""")
_QUOTED = re.compile(
    r"«([^«»]{2,300})»|“([^“”„]{2,300})”|„([^„“”]{2,300})[“”]|\"([^\"\n]{2,300})\"|‘([^‘\n]{2,300}?)’(?!\w)"
    r"|(?<!\w)'([^'\n]{2,100}(?:'\w[^'\n]{0,100})?)'(?!\w)"
)
_WHOLE = 120
"""So short a quotation is one: full stops in it end no sentence."""
_MOST_QUOTED_WORDS = 18
_LEAST_NAMES = 2
_INITIAL = r"[^\W\d_a-zа-яё]\."
_INITIALS = re.compile(r"(?:[^\W\d_a-zа-яё]\.)*[^\W\d_a-zа-яё]")
_CAPITALISED = r"(?:[^\W\d_a-zа-яё]\w*+(?:[’'\-]\w++)*+)"


class Found(NamedTuple):
    """Something that a private letter stands for: its kind, where it is in the cleaned text, and what it is."""

    kind: str
    start: int
    end: int
    value: Any


class Hit(NamedTuple):
    """A phrase that was found: where in the cleaned text, and what stood for its marks, in order."""

    start: int
    end: int
    found: list[Found]


class Typed(NamedTuple):
    """Folded text with private letters; `at[i]` is the cleaned text's range of letter `i`, `found` its private ones."""

    text: str
    at: list[tuple[int, int]]
    found: dict[int, Found]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The range of the cleaned text behind a slice."""
        if start >= end:
            return self.at[start][0], self.at[start][0]
        return self.at[start][0], self.at[end - 1][1]

    def hits(self, pattern: re.Pattern[str]) -> Iterator[Hit]:
        """Every place where a phrase stands."""
        for match in pattern.finditer(self.text):
            marks = [match.start(number) for number in range(1, pattern.groups + 1) if match.start(number) >= 0]
            yield Hit(*self.span(*match.span()), [self.found[at] for at in marks if at in self.found])


class Sentence:
    """One sentence, or a heading, caption or item that is none: its range of the cleaned text, and what is in it."""

    def __init__(self, text: str, span: Span, start: int, end: int, number: int, context: "_Context") -> None:
        self.kind = span.kind
        self.level = span.level
        self.start = start
        self.end = end
        self.number = number
        self.text = text[start:end]
        self.block = (span.start, span.end)
        self.key = span.key if start == span.start else 0  # letters of a fact's name, with the fact behind it
        self._context = context

    @cached_property
    def folded(self) -> Folded:
        """The sentence folded."""
        return fold_text(self.text)

    @cached_property
    def names(self) -> list[Name]:
        """Countries, members and organisations, by folded offsets."""
        return self._context.names.find(self.folded.text)

    @cached_property
    def dates(self) -> list[FoundDate]:
        """Dates, by folded offsets."""
        return find_dates(self.folded.text, self._context.lexicon, retrieved=self._context.retrieved)

    @cached_property
    def quotations(self) -> list[tuple[int, int]]:
        """What stands in quotation marks, without them, in offsets of the sentence."""
        found = [match.span(match.lastindex or 0) for match in _QUOTED.finditer(self.text)]
        # A quotation within a speech is one by itself.
        inner = [
            (start + match.start(match.lastindex or 0), start + match.end(match.lastindex or 0))
            for start, end in found
            for match in _QUOTED.finditer(self.text[start:end])
        ]
        around = [span for span in found if not any(span[0] < begun and ended < span[1] for begun, ended in inner)]
        return sorted([*around, *inner])

    @cached_property
    def named(self) -> Typed:
        """Names, persons and dates stand for themselves; quotations are text."""
        return self._typed(self._marks())

    @cached_property
    def typed(self) -> Typed:
        """The same with short quotations standing for themselves."""
        short = [
            Found("Q", start, end, self.text[start:end])
            for start, end in self.quotations
            if len(self.text[start:end].split()) <= _MOST_QUOTED_WORDS
        ]
        around = [Found(each.kind, each.start - 1, each.end + 1, (each.start, each.end)) for each in short]
        outside = [
            each
            for each in self._marks()
            if not any(quote.start < each.end and each.start < quote.end for quote in around)
        ]
        return self._typed([*outside, *around])

    @cached_property
    def persons(self) -> list[tuple[int, int]]:
        """What is written like a person's name, in offsets of the sentence; for scripts with capital letters."""
        if "language.name_stops" in self._context.lexicon.words:
            return []  # without capital letters only a title tells (`header`)
        taken = [self.folded.span(name.start, name.end) for name in self.names]
        # A short quotation is a title or a motto.
        taken += [span for span in self.quotations if len(self.text[slice(*span)].split()) <= _MOST_QUOTED_WORDS]
        found: list[tuple[int, int]] = []
        reached = self.key
        # What stands between countries, titles of books and the like: "Minister of Oman Hamad al-Harusi".
        for begun, ended in [*sorted(taken), (len(self.text), len(self.text))]:
            for match in self._context.person.finditer(self.text, reached, max(reached, begun)):
                found += self._without_common(*match.span())
            reached = max(reached, ended)
        return found

    def _without_common(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The names in what is written like one: without titles and other common words."""
        words: list[tuple[int, int]] = []
        for match in [*re.finditer(r"\S+", self.text[start:end]), None]:
            if match is not None and not self._context.common.fullmatch(fold_word(match[0])):
                words.append((start + match.start(), start + match.end()))
                continue
            if words and (len(words) >= _LEAST_NAMES or "." in self.text[slice(*words[0])]):
                yield words[0][0], words[-1][1]
            words = []

    def _marks(self) -> list[Found]:
        marks = [Found(name.kind, *self.folded.span(name.start, name.end), name) for name in self.names]
        marks += [Found("D", *self.folded.span(each.start, each.end), each) for each in self.dates if not each.relative]
        marks += [Found("P", start, end, self.text[start:end]) for start, end in self.persons]
        # A fact's name and the fact are apart.
        return [each for each in marks if not each.start < self.key < each.end]

    def _typed(self, marks: Iterable[Found]) -> Typed:
        letters: list[str] = []
        at: list[tuple[int, int]] = []
        found: dict[int, Found] = {}
        reached = 0
        counts = dict.fromkeys(MARKS, 0)
        for each in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
            if each.start < reached:
                continue
            self._append(letters, at, reached, each.start)
            first, last = MARKS[each.kind]
            found[len(letters)] = Found(each.kind, self.start + each.start, self.start + each.end, each.value)
            letters.append(chr(min(first + counts[each.kind], last)))
            counts[each.kind] += 1
            at.append((self.start + each.start, self.start + each.end))
            reached = each.end
        self._append(letters, at, reached, len(self.text))
        at.append((self.end, self.end))
        return Typed("".join(letters), at, found)

    def _append(self, letters: list[str], at: list[tuple[int, int]], start: int, end: int) -> None:
        folded = fold_text(self.text[start:end])
        letters.extend(folded.text)
        at += [(self.start + start + place, self.start + start + place + 1) for place in folded.at[:-1]]


@lru_cache(maxsize=64)
def _person(particles: tuple[str, ...]) -> re.Pattern[str]:
    """What is written like a person's name: capitalised words, initials, and particles such as *van* between them."""
    small = f"(?:(?:{'|'.join(map(re.escape, particles))})[ -]){{0,2}}" if particles else ""
    return re.compile(
        rf"(?<!\w)(?:(?:{_INITIAL}\s?){{1,2}}{_CAPITALISED}"
        rf"|{_CAPITALISED}(?: {small}(?:{_INITIAL} ?){{0,2}}{_CAPITALISED}){{1,7}})"
    )


class _Context(NamedTuple):
    lexicon: Lexicon
    person: re.Pattern[str]
    names: Names
    common: re.Pattern[str]
    retrieved: datetime | None


class Sentences:
    """All sentences of a cleaned text, in order."""

    def __init__(self, cleaned: Cleaned, lexicon: Lexicon, names: Names, retrieved: datetime | None) -> None:
        self.text = cleaned.text
        self.lexicon = lexicon
        self.names = names
        common = compile_phrases([each.match for each in lexicon.lists.get("language.no_names", ())], lexicon.clitics)
        particles = tuple(lexicon.words.get("language.name_particles", ()))
        self.context = _Context(lexicon, _person(particles), names, common, retrieved)
        abbreviations = lexicon.words.get("language.abbreviations", {})
        self._abbreviations = frozenset(map(fold_word, abbreviations))
        self.all = list(self._cut(cleaned.blocks))

    def _cut(self, blocks: Sequence[Span]) -> Iterator[Sentence]:
        number = 0
        for span in blocks:
            for start, end in self._borders(span):
                if number == MAX_SENTENCES:
                    return
                yield Sentence(self.text, span, start, end, number, self.context)
                number += 1

    def _borders(self, span: Span) -> Iterator[tuple[int, int]]:
        start = span.start
        quoted = [match.span() for match in _QUOTED.finditer(self.text, span.start, span.end)]
        whole = [(begun, ended) for begun, ended in quoted if ended - begun <= _WHOLE]
        place = 0
        for match in _END.finditer(self.text, span.start, span.end):
            while place < len(whole) and whole[place][1] <= match.start():
                place += 1
            inside = place < len(whole) and whole[place][0] < match.start() and match.end() < whole[place][1]
            if not inside and self._ends(start, match, span.end):
                yield from self._pieces(start, match.end())
                start = match.end()
        yield from self._pieces(start, span.end)

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        while end - start > _LONGEST:
            space = self.text.rfind(" ", start + _LONGEST // 2, start + _LONGEST)
            cut = space if space > 0 else start + _LONGEST
            yield from self._trimmed(start, cut)
            start = cut
        yield from self._trimmed(start, end)

    def _trimmed(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        piece = self.text[start:end]
        if piece.strip():
            yield start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))

    def _ends(self, start: int, match: re.Match[str], last: int) -> bool:
        """Whether a stop ends a sentence: not behind an abbreviation, an initial, a number, nor before a small one."""
        if match[0][0] != ".":
            following = self.text[match.end() : match.end() + 8].lstrip()
            # A question or an ellipsis inside a quotation that the sentence goes on after.
            return not (match[0][-1:] in "\"»”“'’)" and following[:1] in ",-–—،") and not following[:1].islower()
        before = self.text[max(start, match.start() - 12) : match.start()]
        word = re.split(r"[\s(«“\"„]", before)[-1]
        following = self.text[match.end() : min(match.end() + 8, last)].lstrip()
        if fold_word(word) in self._abbreviations or (word.isupper() and _INITIALS.fullmatch(word)):
            return False
        if re.fullmatch(r"\d{1,2}(\.\d{1,2})+", word) and match.start() - start <= 6:
            return False
        if word.isdigit() and len(word) <= 2 and (following[:1].islower() or match.start() - start <= 2):
            return False
        if re.match(r"[-–—] ?[^\W\d_]", following) and following.lstrip("-–— ")[:1].isupper():
            return True  # speech goes on behind who said it
        return not following or not (following[0].islower() or following[0] in ",;،؛-–—")
