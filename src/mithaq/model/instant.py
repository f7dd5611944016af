"""Times as Mithaq writes them, and STIX times as others write them.

Ours is one spelling to the microsecond, `YYYY-MM-DDThh:mm:ss.ffffffZ` (`bytes.md`); STIX 2.1 section 3.2 lets a
timestamp have any number of fraction digits, so that one instant has many spellings. `instant_key` gives equal instants
equal text that also sorts by time, however long the fraction is.

>>> encode_time(decode_time("2026-11-24T05:00:00.000000Z"))
'2026-11-24T05:00:00.000000Z'
>>> instant_key("2017-06-01T00:00:00.500Z") == instant_key("2017-06-01T00:00:00.5Z")
True
"""

import re
from datetime import UTC, datetime

from mithaq.errors import Malformed

__all__ = ["decode_time", "encode_time", "instant_key"]

_OURS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_STIX = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)(?:\.(\d{1,50}))?Z", re.ASCII)


def encode_time(instant: datetime) -> str:
    """Write an aware `datetime` in UTC to the microsecond. Raises `ValueError` for a naive one: a mistake of ours."""
    if instant.tzinfo is None:
        raise ValueError("a time without a zone")
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def decode_time(text: str, place: str = "") -> datetime:
    """Read one of our times as an aware `datetime` in UTC. Raises `Malformed` (`time-malformed`) for another spelling."""
    if _OURS.fullmatch(text):
        try:
            return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        except ValueError:
            pass
    raise Malformed("time-malformed", place)


def instant_key(text: str, place: str = "") -> str:
    """The canonical text of a STIX timestamp: fraction without trailing zeros; sorts by time in code-point order.

    Raises `Malformed` (`time-malformed`) for what RFC 3339 with `Z` does not allow. A leap second keeps its `60`.
    """
    match = _STIX.fullmatch(text)
    if match is None:
        raise Malformed("time-malformed", place)
    head, seconds, fraction = match.groups()
    try:
        # A leap second is allowed by RFC 3339 and unknown to datetime: the rest of the time is checked without it.
        datetime.strptime(head + ("59" if seconds == "60" else seconds), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError as error:
        raise Malformed("time-malformed", place) from error
    digits = (fraction or "").rstrip("0")
    return f"{head}{seconds}.{digits}Z" if digits else f"{head}{seconds}Z"
