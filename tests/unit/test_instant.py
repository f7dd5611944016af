"""Times: our one spelling, and keys of STIX times that are equal and ordered as the instants are."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mithaq.errors import Malformed
from mithaq.model import decode_time, encode_time, instant_key


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T05:00:00.000000Z",
        "0001-01-01T00:00:00.000000Z",
        "9999-12-31T23:59:59.999999Z",
        "2024-02-29T12:00:00.000001Z",
    ],
)
def test_our_times(text: str) -> None:
    assert encode_time(decode_time(text)) == text
    assert decode_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-24T05:00:00Z",
        "2026-11-24T05:00:00.000Z",
        "2026-11-24T05:00:00.0000000Z",
        "2026-11-24 05:00:00.000000Z",
        "2026-11-24t05:00:00.000000z",
        "2026-11-24T05:00:00.000000+00:00",
        "2026-11-24T05:00:00.000000Z\n",
        "2026-11-24T24:00:00.000000Z",
        "2026-11-24T05:60:00.000000Z",
        "2026-11-24T05:00:60.000000Z",
        "2026-02-29T05:00:00.000000Z",
        "2026-13-01T05:00:00.000000Z",
        "0000-01-01T00:00:00.000000Z",
        "٢٠٢٦-11-24T05:00:00.000000Z",
    ],
)
def test_other_spellings_of_our_times_are_refused(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        decode_time(text, "$.released")
    assert (caught.value.code, caught.value.place) == ("time-malformed", "$.released")


zones = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=zones).filter(lambda moment: 1 < moment.toordinal() < date.max.toordinal())


@given(moments)
def test_every_instant_is_written_in_utc_and_read_again(here: datetime) -> None:
    text = encode_time(here)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text)
    assert decode_time(text) == here


def test_a_time_without_a_zone_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="zone"):
        encode_time(datetime.fromisoformat("2026-01-01T00:00:00"))


def instant(text: str) -> tuple[datetime, Decimal] | None:
    """The slow reader: seconds by datetime, the fraction as a number; None for no STIX timestamp."""
    match = re.fullmatch(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:)([0-9]{2})(?:\.([0-9]{1,50}))?Z", text)
    if match is None:
        return None
    head, seconds, fraction = match.groups()
    leap = seconds == "60"
    try:
        whole = datetime.strptime(head + ("59" if leap else seconds), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    if leap and (whole + timedelta(seconds=1)).strftime("%d %H:%M:%S") != "01 00:00:00":
        return None
    return whole, Decimal(int(leap)) + Decimal(f"0.{fraction or 0}")


fields = st.tuples(
    st.one_of(st.integers(1, 9999), st.sampled_from([1900, 2000, 2023, 2024, 2100])),
    st.integers(0, 13),
    st.one_of(st.integers(0, 32), st.integers(28, 31)),
    st.one_of(st.integers(0, 24), st.just(23)),
    st.one_of(st.integers(0, 60), st.just(59)),
    st.integers(0, 61),
    st.one_of(st.just(""), st.from_regex(r"\.[0-9]{1,52}", fullmatch=True)),
).filter(lambda given: given[:4] != (9999, 12, 31, 23))  # where the slow reader can't count on
stix_times = fields.map(lambda f: f"{f[0]:04}-{f[1]:02}-{f[2]:02}T{f[3]:02}:{f[4]:02}:{f[5]:02}{f[6]}Z")


@given(stix_times)
@example("2016-12-31T23:59:60Z")
@example("2016-06-30T23:59:60.5Z")
@example("2016-12-30T23:59:60Z")
@example("2016-12-31T22:59:60Z")
@example("1900-02-29T00:00:00Z")
@example("2000-02-29T00:00:00Z")
@example("2024-02-29T00:00:00Z")
@example("2023-02-29T00:00:00Z")
@example("0000-01-01T00:00:00Z")
@example("2016-12-31T23:59:59." + "0" * 51 + "Z")
def test_a_key_exists_for_exactly_the_timestamps(text: str) -> None:
    if instant(text) is None:
        with pytest.raises(Malformed) as caught:
            instant_key(text, "$.created")
        assert (caught.value.code, caught.value.place) == ("time-malformed", "$.created")
    else:
        assert instant_key(text)


good_times = stix_times.filter(lambda text: instant(text) is not None)
near_times = (
    st.tuples(
        st.sampled_from(["2017-06-30T23:59:5", "2017-06-30T23:59:6", "2017-07-01T00:00:0"]),
        st.sampled_from("0129"),
        st.sampled_from(["", ".0", ".5", ".50", ".05", ".49", ".51", ".500001"]),
    )
    .map(lambda t: f"{t[0]}{t[1]}{t[2]}Z")
    .filter(lambda text: instant(text) is not None)
)


@given(good_times | near_times, good_times | near_times)
@example("2017-06-30T23:59:59.5Z", "2017-06-30T23:59:59.500Z")
@example("2017-06-30T23:59:59Z", "2017-06-30T23:59:59.000Z")
@example("2017-06-30T23:59:59Z", "2017-06-30T23:59:59.0001Z")
def test_keys_are_equal_and_ordered_as_the_instants_are(one: str, other: str) -> None:
    a, b = instant(one), instant(other)
    assert a is not None
    assert b is not None
    assert (instant_key(one) == instant_key(other)) == (a == b)
    assert (instant_key(one) < instant_key(other)) == (a < b)


@pytest.mark.parametrize(
    "text", ["", "2017-06-01", "2017-06-01T00:00:00", "2017-06-01T00:00:00.Z", "2017-06-01T00:00:00+00:00",
             "2017-06-01T00:00:00Z ", "2017-6-01T00:00:00Z", "2017-06-01T00:00:00,5Z", "２017-06-01T00:00:00Z"]
)  # fmt: skip
def test_what_is_no_timestamp_has_no_key(text: str) -> None:
    with pytest.raises(Malformed, match="time-malformed"):
        instant_key(text)
