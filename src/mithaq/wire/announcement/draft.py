"""What the reader makes of an announcement: header fields and items, each on a passage of the source."""

from typing import Literal

import msgspec

__all__ = [
    "HEADER",
    "THEMES",
    "Attribution",
    "Confidence",
    "Draft",
    "Field",
    "Item",
    "Kind",
    "Removed",
    "Term",
    "Theme",
]

Confidence = Literal["sure", "unsure", "absent"]
Kind = Literal["goal", "priority", "task", "action"]
Attribution = Literal["speaker", "outlet", "unsure"]
Theme = Literal[
    "cohesion",
    "contacts",
    "interconnection",
    "peace-stability",
    "capabilities-lessons",
    "biological",
    "information-security",
    "terrorism-crime",
    "development",
    "other",
]
THEMES: tuple[Theme, ...] = Theme.__args__  # type: ignore[attr-defined]


class Field(msgspec.Struct, frozen=True):
    """One value and the passage that it stands on.

    `start` and `end` are code points of the cleaned text, half-open: `text[start:end] == quote`; `source_start` and
    `source_end` those of the decoded input, whose slice is the quote once mark-up, entities and white space are folded.
    Without a passage all five are None. `rule` names what made the value of the quote, `reason` says to a person why it
    is unsure or absent.
    """

    value: str | None
    quote: str | None
    start: int | None
    end: int | None
    source_start: int | None
    source_end: int | None
    rule: str
    confidence: Confidence
    reason: str


class Item(Field, frozen=True, kw_only=True):
    """One intention. `value` is its quotation; `operated` is false for what nothing may be built on here: weapons."""

    theme: Theme
    kind: Kind
    text: str
    attributed_to: Attribution
    operated: bool


class Term(msgspec.Struct, frozen=True, rename={"since": "from", "until": "to"}):
    """The chair's term: its first day, and the first day after it."""

    since: Field
    until: Field


class Removed(msgspec.Struct, frozen=True):
    """What was cut from the input: code points of the decoded input, half-open, and the rule that cut it."""

    start: int
    end: int
    rule: str


class Draft(msgspec.Struct, frozen=True):
    """A draft programme; nothing in it is published before a person has confirmed it.

    `language` is that of a lexicon (`ar`, `ru`, `en`), or `other`.
    """

    language: str
    organisation: Field
    chair: Field
    term: Term
    motto: Field
    speaker: Field
    source: Field
    page: Field
    published: Field
    text: str
    removed: list[Removed]
    items: list[Item]


HEADER = ("organisation", "chair", "motto", "speaker", "source", "page", "published")
"""The fields of a draft that are one `Field`, without the two of its term."""
