"""Words for a node: its folder, its doors, its commands."""

from mithaq.errors.entry import Entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {}
