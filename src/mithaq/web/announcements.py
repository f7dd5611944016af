"""Announcements for commands and pages: the lexicons from the package, loaded once, and the pure reader behind them."""

import functools
import tomllib
from datetime import datetime
from importlib import resources

from mithaq.errors import Malformed
from mithaq.wire.announcement import Draft, Lexicons, decode_facts, decode_lexicon, read_announcement

__all__ = ["decode_retrieved", "draft_programme", "load_lexicons"]


def draft_programme(data: bytes, charter: bytes | None = None, retrieved: datetime | None = None) -> Draft:
    """The draft programme of an announcement, with the names and the term of a charter if one is given.

    `retrieved` is when the page was fetched, with a zone. Raises what `read_announcement` and `decode_facts` raise.
    """
    facts = None if charter is None else decode_facts(charter)
    return read_announcement(data, load_lexicons(), facts=facts, retrieved=retrieved)


def decode_retrieved(text: str, place: str) -> datetime:
    """An ISO 8601 time with its zone. Raises `Malformed` (`retrieved-malformed`) for anything else."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed("retrieved-malformed", place) from None
    # A day off either end, so that no reckoning in another zone leaves the calendar.
    if time.tzinfo is None or not 1 < time.year < 9999:
        raise Malformed("retrieved-malformed", place)
    return time


@functools.cache
def load_lexicons() -> Lexicons:
    """All lexicons of the package; a language is a folder of files."""
    folder = resources.files("mithaq.wire.announcement") / "lexicons"
    languages = {
        each.name: decode_lexicon(
            each.name,
            {
                file.name.removesuffix(".toml"): file.read_bytes()
                for file in each.iterdir()
                if file.name.endswith(".toml")
            },
        )
        for each in folder.iterdir()
        if each.is_dir() and not each.name.startswith("_")
    }
    countries = tomllib.loads((folder / "countries.toml").read_text(encoding="utf-8"))["country"]
    organisations = tomllib.loads((folder / "organisations.toml").read_text(encoding="utf-8"))["organisation"]
    return Lexicons(languages, countries, organisations)
