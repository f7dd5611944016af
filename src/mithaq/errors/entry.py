"""What stands in the catalogue of errors: a code's family and its words in three languages."""

from typing import Literal, NamedTuple

__all__ = ["Entry", "Family", "Language", "Text", "entry"]

Language = Literal["en", "ru", "ar"]
Family = Literal["Malformed", "Refused", "Untrusted", "Unavailable"]


class Text(NamedTuple):
    """One language's words for one code."""

    title: str
    advice: str


class Entry(NamedTuple):
    """One code: the family that raises it and its words by language."""

    family: Family
    texts: dict[Language, Text]


def entry(family: Family, en: tuple[str, str], ru: tuple[str, str], ar: tuple[str, str]) -> Entry:
    """An entry from its (title, advice) in English, Russian and Arabic."""
    return Entry(family, {"en": Text(*en), "ru": Text(*ru), "ar": Text(*ar)})
