"""Words for records, charters and release."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {}
