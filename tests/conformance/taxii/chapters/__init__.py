"""The checks, a module for each subject; importing this registers all of them, and `ORDER` is how they are made."""

from tests.conformance.taxii.chapters import (
    access,
    adding,
    breaking,
    deleting,
    failing,
    filtering,
    information,
    negotiation,
    paging,
    reading,
)

__all__ = ["ORDER"]

ORDER = (negotiation, access, information, adding, reading, filtering, paging, deleting, failing, breaking)
