"""Words for what clients send: bundles and STIX objects."""

from mithaq.errors.entry import Entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {}
