"""Times as Mithaq writes them, and STIX times as others write them.

Ours is one spelling to the microsecond, `YYYY-MM-DDThh:mm:ss.ffffffZ` (`docs/formats.md`); a STIX timestamp may have
any number of fraction digits (RFC 3339 in UTC with `Z`), so that one instant has many spellings. `instant_key` gives
equal instants equal text that also sorts by time, however long the fraction is.

>>> encode_time(decode_time("2026-11-24T05:00:00.000000Z"))
'2026-11-24T05:00:00.000000Z'
>>> instant_key("2017-06-01T00:00:00.500Z") == instant_key("2017-06-01T00:00:00.5Z")
True
>>> instant_key("2017-06-01T00:00:00Z") < instant_key("2017-06-01T00:00:00.5Z")
True
"""

import re
from datetime import UTC, datetime

from mithaq.errors import Malformed

__all__ = ["decode_time", "encode_time", "instant_key"]

_OURS = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d\.\d{6}Z", re.ASCII).fullmatch
# All ranges but two stand in the pattern: whether a month has the day (group 2), and when a minute has the second 60
# (group 3). Both are rare, so that most times need nothing else.
_STIX = re.compile(
    r"((?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8]|(29|30|31))T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|(60)))"
    r"(?:\.(\d{1,50}))?Z",
    re.ASCII,
).fullmatch
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def encode_time(instant: datetime) -> str:
    """Write an aware `datetime` in UTC to the microsecond. Raises `ValueError` for a naive one: a mistake of ours."""
    if instant.tzinfo is None:
        raise ValueError("a time without a zone")
    # strftime would write the year 987 with three digits.
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def decode_time(text: str, place: str = "") -> datetime:
    """Read one of our times as an aware `datetime` in UTC. Raises `Malformed` (`time-malformed`) for another form."""
    if _OURS(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    raise Malformed("time-malformed", place)


def instant_key(text: str, place: str = "") -> str:
    """A key for the instant of a STIX timestamp: equal for equal instants, sorts by time in code-point order.

    It is no timestamp itself: the `Z` is left out, for it would sort behind a fraction. Raises `Malformed`
    (`time-malformed`) for what RFC 3339 with `Z` does not allow, for the year 0000, and for more than 50 fraction
    digits. A leap second keeps its `60`; only the last minute of a month in UTC may have one (RFC 3339 section 5.7).
    """
    match = _STIX(text)
    if match is None:
        raise Malformed("time-malformed", place)
    whole, late_day, leap_second, fraction = match.groups()
    if late_day or leap_second:
        day, last_day = int(text[8:10]), _last_day(int(text[:4]), int(text[5:7]))
        if day > last_day or (leap_second and (day != last_day or text[11:16] != "23:59")):
            raise Malformed("time-malformed", place)
    digits = fraction.rstrip("0") if fraction else ""
    return f"{whole}.{digits}" if digits else str(whole)


def _last_day(year: int, month: int) -> int:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap else _DAYS[month - 1]
