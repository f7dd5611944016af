"""A chair's public announcement, read into a draft programme whose every line stands on a passage of the source.

Bytes in, `Draft` out: no node, no network, no model. What is found is found by rules over lexicons (`lexicon`), which
are data; nothing is invented, and what the source does not say is absent, with the reason. Charset and mark-up are
`page`'s, noise is `cleaning`'s, header fields `header`'s, intentions `items`'. Whether the statement is genuine, and
whether a draft becomes a programme, is for people.
"""

from array import array
from datetime import datetime

from mithaq.wire.announcement.acronyms import spelled_out
from mithaq.wire.announcement.cleaning import Cleaned, clean
from mithaq.wire.announcement.draft import HEADER, THEMES, Confidence, Draft, Field, Item, Removed, Term
from mithaq.wire.announcement.header import Header, read_header
from mithaq.wire.announcement.items import Intention, read_items
from mithaq.wire.announcement.language import detect_language
from mithaq.wire.announcement.lexicon import Lexicon, Lexicons, decode_lexicon
from mithaq.wire.announcement.members import Facts, Names, decode_facts
from mithaq.wire.announcement.page import MAX_INPUT_BYTES, Letters, read_page
from mithaq.wire.announcement.sentences import Sentences
from mithaq.wire.announcement.statement import Choice

__all__ = [
    "HEADER",
    "MAX_INPUT_BYTES",
    "THEMES",
    "Draft",
    "Facts",
    "Field",
    "Item",
    "Lexicon",
    "Lexicons",
    "Removed",
    "Term",
    "decode_facts",
    "decode_lexicon",
    "read_announcement",
]


def read_announcement(
    data: bytes, lexicons: Lexicons, *, facts: Facts | None = None, retrieved: datetime | None = None
) -> Draft:
    """The draft programme of an announcement in HTML or plain text, in any encoding that a browser would read.

    `facts` are a charter's names and term; `retrieved` says when the page was fetched, for times such as "2 hours ago".
    Raises `Malformed` (`announcement-too-large`, `announcement-too-deep`, `announcement-empty`).
    """
    page = read_page(data)
    language = detect_language("\n".join(block.letters.text for block in page.blocks), lexicons)
    if language == "other":
        return _Writer(clean(page, None)).nothing(language)
    lexicon = lexicons.languages[language]
    cleaned = clean(page, lexicon)
    names = Names(facts, lexicons, language)
    if facts is None:
        names.learn_organisations(spelled_out(cleaned.text, lexicon))
    sentences = Sentences(cleaned, lexicon, names, retrieved)
    header = read_header(sentences, cleaned, facts)
    return _Writer(cleaned).draft(language, header, read_items(sentences, header.chair_key, header.mottos))


class _Writer:
    """Turns choices into fields; passages from outside the text are written behind it, each once."""

    def __init__(self, cleaned: Cleaned) -> None:
        self.text = cleaned.text
        self.starts = array("I", cleaned.starts)
        self.ends = array("I", cleaned.ends)
        self.removed = cleaned.removed

    def nothing(self, language: str) -> Draft:
        """The honest draft of a text in another language."""
        absent = self.field(Choice(None, rule="language", reason="other-language"))
        fields = dict.fromkeys(HEADER, absent)
        return Draft(
            language=language, term=Term(absent, absent), text=self.text, removed=self.removed, items=[], **fields
        )

    def draft(self, language: str, header: Header, items: list[Intention]) -> Draft:
        """The draft of what was found."""
        fields = {name: self.field(getattr(header, name)) for name in HEADER}
        term = Term(self.field(header.since), self.field(header.until))
        made = [self.item(each) for each in items]
        return Draft(language=language, term=term, text=self.text, removed=self.removed, items=made, **fields)

    def field(self, choice: Choice) -> Field:
        """A header field."""
        if choice.value is None:
            return Field(None, None, None, None, None, None, choice.rule, "absent", choice.reason)
        start, end = choice.start, choice.end
        if choice.letters is not None:
            start, end = self._append(choice.letters)
        confidence: Confidence = "sure" if choice.sure else "unsure"
        return Field(choice.value, *self._passage(start, end), choice.rule, confidence, choice.reason)

    def item(self, found: Intention) -> Item:
        """An item."""
        quote = self.text[found.start : found.end]
        return Item(
            quote,
            *self._passage(found.start, found.end),
            found.rule,
            "sure" if found.sure else "unsure",
            found.reason,
            theme=found.theme,
            kind=found.kind,
            text=quote,
            attributed_to=found.attributed_to,
            operated=found.operated,
        )

    def _passage(self, start: int, end: int) -> tuple[str, int, int, int, int]:
        return self.text[start:end], start, end, self.starts[start], self.ends[end - 1]

    def _append(self, letters: Letters) -> tuple[int, int]:
        if self.text:
            self.text += "\n\n"
            at = letters.starts[0] if letters.starts else 0
            self.starts.extend((at, at))
            self.ends.extend((at, at))
        start = len(self.text)
        self.text += letters.text
        self.starts.extend(letters.starts)
        self.ends.extend(letters.ends)
        return start, len(self.text)
