"""Whose intention it is that a sentence tells: the chair's, or another country's or organisation's; and where the
clause of another one may begin.
"""

from mithaq.wire.announcement.lexicon import Lexicon, Phrases
from mithaq.wire.announcement.members import Name
from mithaq.wire.announcement.sentences import Sentence

__all__ = ["Whose"]

_FIRST = 25
"""Letters before a name that stands first in a sentence."""
_REPORTED_WORDS = 3
_IN = 4
"""Letters of a preposition before a name that stands first: "In Bishkek"."""


class Whose:
    """Judges by the names in a sentence. `chair_key` is what the chair's are known by, empty if nobody is."""

    def __init__(self, lexicon: Lexicon, chair_key: str) -> None:
        self.chair_key = chair_key
        self._phrases = Phrases(lexicon)

    def is_anothers(self, sentence: Sentence) -> bool:
        """Whether the sentence is about another country than the chair: it stands first, and nobody says *we*."""
        text = sentence.folded.text
        if not self.chair_key or self._phrases.any_of("intentions.speaker_words").search(text):
            return False
        countries = [name for name in sentence.names if name.kind == "C"]
        first = next((name for name in countries if not name.capital), None)
        if first is not None and first.start < _FIRST:
            return not self._is_chairs(first)
        return self._says(sentence, countries)

    def _is_chairs(self, name: Name) -> bool:
        return self.chair_key == name.ids or self.chair_key in name.also

    def _says(self, sentence: Sentence, countries: list[Name]) -> bool:
        """Whether another country's capital, or another organisation, says it: "Bishkek said that"."""
        text = sentence.folded.text
        first = next(iter(sentence.names), None)
        if first is None or first.start > _IN or not (first.capital or (first.kind == "O" and not first.own)):
            return False
        if any(map(self._is_chairs, countries)) or self._phrases.says("header.chair_words", text):
            return False
        return self._phrases.any_of("header.says").match(text, first.end + 1) is not None

    def is_others(self, sentence: Sentence, start: int, end: int) -> bool:
        """Whether another country than the chair stands right before a phrase of intention, or in it."""
        before = [name for name in sentence.names if name.kind == "C" and start - _FIRST <= name.end <= end]
        if not self.chair_key or not before or self._is_chairs(before[-1]):
            return False
        # "The school in Vienna will open": a capital is mostly a place, unless a clause begins with it.
        last = before[-1]
        return not last.capital or (start - last.end <= 1 and 0 < last.start < end and self._is_subject(sentence, last))

    def _is_subject(self, sentence: Sentence, name: Name) -> bool:
        before = sentence.folded.text[: name.start].rstrip()
        return self._phrases.any_of("intentions.reporting").fullmatch(before.rpartition(" ")[2]) is not None

    def border(self, sentence: Sentence, at: int) -> int | None:
        """Where the clause begins that a word of intention at `at` may stand in; None if no border is before it.

        Without one it is part of what is intended.
        """
        before = sentence.folded.text[:at].rstrip()
        if before[-1:] in {",", ";", ":", '"', "-", "."}:
            return at
        if self._phrases.any_of("intentions.borders").fullmatch(before.rpartition(" ")[2]):
            return at
        # Reported speech: "and that Malta will", "and that it will".
        name = next((each for each in sentence.names if each.end == len(before) and each.kind in "CO"), None)
        before = before if name is None else before[: name.start].rstrip()
        pattern = self._phrases.any_of("intentions.reported" if name is None else "intentions.reporting")
        place = len(before)
        for _ in range(_REPORTED_WORDS):
            place = before.rfind(" ", 0, max(place, 0))
            if pattern.fullmatch(before, place + 1):
                return place + 1
            if place < 0:
                break
        return None
