"""The words of every error, in English, Russian and Arabic: a title (what happened) and advice (what to do).

Braces are filled from the error's `details`. A test holds that each code is raised somewhere, by the family named
here, with exactly these braces, and is listed in `docs/errors.md`. The words lie in one module for each part of the
house; a code stands in one of them only.
"""

from mithaq.errors import (
    words_announcement,
    words_feeds,
    words_log,
    words_model,
    words_node,
    words_pattern,
    words_programme,
    words_store,
    words_taxii,
    words_upkeep,
    words_web,
    words_wire,
)
from mithaq.errors.entry import Entry

__all__ = ["CATALOGUE"]

CATALOGUE: dict[str, Entry] = {}
for _words in (
    words_log.WORDS,
    words_wire.WORDS,
    words_pattern.WORDS,
    words_model.WORDS,
    words_store.WORDS,
    words_node.WORDS,
    words_upkeep.WORDS,
    words_web.WORDS,
    words_taxii.WORDS,
    words_feeds.WORDS,
    words_announcement.WORDS,
    words_programme.WORDS,
):
    if twice := CATALOGUE.keys() & _words.keys():
        raise ValueError(f"codes that stand in two catalogues: {sorted(twice)}")
    CATALOGUE.update(_words)
