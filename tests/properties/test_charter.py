"""Laws of charters: what is written is read back, what anybody sends is read or refused, signatures count once."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from mithaq.errors import MithaqError, Untrusted
from mithaq.model import (
    ROLES,
    Alliance,
    Charter,
    Names,
    decode_charter,
    encode_charter,
    verify_charter,
)
from mithaq.model.charter import Rotation
from mithaq.tlog import Note, decode_note, encode_note
from tests.properties.alliance import charter, follow, organisation, seed, signed, signer

# Some that sort on both sides of each other, and enough for every threshold rule.
KNOWN = {name: organisation(name) for name in ("dara", "kolm", "lihan", "relief", "sarib", "tirin", "zer-0")}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
NAMES = st.builds(Names, ar=NAME, ru=NAME, en=NAME)
VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(TEXT, each, max_size=3),
    max_leaves=8,
)


@st.composite
def charters(draw: st.DrawFn) -> Charter:
    """Charters of every form that the rules allow."""
    ids = draw(st.lists(st.sampled_from(sorted(KNOWN)), min_size=1, unique=True))
    count = draw(st.integers(1, len(ids)))
    version = draw(st.sampled_from([1, 2, 2**53 - 1]))
    idle = draw(st.integers(0, count - 1)) if version > 1 else 0
    states = ["active"] * (count - idle) + draw(
        st.lists(st.sampled_from(["suspended", "frozen"]), min_size=idle, max_size=idle)
    )
    active = count - idle
    members = [
        organisation(name, state=state, names=draw(NAMES), generation=draw(st.integers(1, 999_999_999)))
        for name, state in zip(ids[:count], states, strict=True)
    ]
    groups = st.dictionaries(
        st.sampled_from(["team", "north", "g-1"]), st.lists(st.sampled_from(ids), min_size=1, unique=True).map(tuple)
    )
    rotation = st.builds(
        Rotation,
        st.lists(st.sampled_from(ids[:count]), min_size=1, unique=True).map(tuple),
        st.integers(1, 120),
        st.sampled_from(["UTC", "Asia/Almaty", "Etc/GMT+5", "America/Argentina/Ushuaia"]),
    )
    return charter(
        members,
        version=version,
        previous="" if version == 1 else "ab" * 32,
        threshold=draw(st.integers(active // 2 + 1, active - 1)) if active > 2 else active,
        organisation=Alliance(draw(NAMES)),
        partners=tuple(KNOWN[name] for name in ids[count:]),
        groups=draw(groups),
        roles=draw(st.lists(st.sampled_from(sorted(ROLES)), unique=True).map(tuple)),
        rotation=draw(st.none() | rotation),
        profiles=draw(st.dictionaries(TEXT, st.dictionaries(TEXT, VALUES, max_size=3), max_size=2)),
        quotas=draw(st.dictionaries(TEXT, st.integers(0, 2**53 - 1), max_size=2)),
    )


@given(charters())
def test_what_is_written_is_read_back(of: Charter) -> None:
    text = encode_charter(of)
    assert decode_charter(text) == of
    assert encode_charter(decode_charter(text)) == text
    note = decode_note(signed(of, of.members[0].id))
    assert note.text == text


FULL = encode_charter(
    charter(
        ["dara", "kolm", "sarib"],
        partners=(organisation("relief"),),
        groups={"team": ("dara", "relief")},
        rotation=Rotation(("dara",), 12, "UTC"),
        profiles={"silence": {"min": 72, "list": [1, 2]}},
        quotas={"entries": 1},
    )
)
PIECES = st.sampled_from(
    ["\n", "=", "[", "]", "[[", "]]", '"', '"""', "'", "'''", "{", "}", ".", ",", "#", "\\", "\\u0000", "\\ud800", "0x",
     "inf", "nan", "-1", "1e400", "true", "2026-01-01", "07:00:00", "a", "members", "[members.keys]", "groups", "é",
     "\u202e", "\x00", "\r", "9" * 5000, "0x" + "f" * 5000, "[" * 2000, "a." * 400]
)  # fmt: skip


def refuse_or_read(text: bytes) -> None:
    """Whatever the bytes are, nothing but errors of ours comes out, and what is read can be written."""
    try:
        of = decode_charter(text)
    except MithaqError as error:
        assert len(error.place) < 300  # noqa: PT017
        assert error.place.isprintable()  # noqa: PT017
        str(error)
    else:
        assert decode_charter(encode_charter(of)) == of


@given(st.binary(max_size=200))
@example(b"")
@example(b"\n")
def test_bytes_of_anybody_end_in_an_error_of_ours(data: bytes) -> None:
    refuse_or_read(data)
    refuse_or_read(data + b"\n")
    refuse_or_read(FULL + data + b"\n")


@given(st.lists(PIECES, min_size=1, max_size=12), st.data())
def test_a_charter_with_anything_put_into_it_is_read_or_refused(pieces: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(FULL)))
    until = at + data.draw(st.integers(0, 60))
    refuse_or_read(FULL[:at] + "".join(pieces).encode() + FULL[until:])


@given(st.integers(0, len(FULL) - 1), st.integers(0, 7))
def test_a_charter_with_a_changed_bit_is_read_or_refused_and_signed_by_nobody(at: int, bit: int) -> None:
    changed = FULL[:at] + bytes([FULL[at] ^ 1 << bit]) + FULL[at + 1 :]
    refuse_or_read(changed)
    note = decode_note(signed(FULL, "dara", "kolm", "sarib"))
    try:
        data = encode_note(Note(changed, note.signatures))
        verify_charter(data)
    except MithaqError:
        return
    raise AssertionError("somebody signed this text")


@given(st.binary(max_size=100), st.integers(0, 3))
def test_notes_of_anybody_end_in_an_error_of_ours(data: bytes, place: int) -> None:
    note = signed(FULL, "dara", "kolm", "sarib")
    parts = [b"", note[: len(FULL)], note[len(FULL) :], note]
    try:
        verify_charter(parts[place] + data)
    except MithaqError:
        return
    assert (place, data) == (3, b"")


MEMBERS = ("dara", "kolm", "lihan", "sarib", "tirin")


@given(
    st.integers(3, 5).flatmap(lambda n: st.tuples(st.just(n), st.integers(n // 2 + 1, n - 1))),
    st.sets(st.integers(0, 4)),
    st.data(),
)
def test_a_later_version_holds_by_the_thresholds_of_both_and_by_nothing_else(
    first: tuple[int, int], removed: set[int], data: st.DataObject
) -> None:
    """The count is made here by sets of names, over every choice of members, states and signers."""
    count, threshold = first
    old = charter(MEMBERS[:count], threshold=threshold)
    previous = verify_charter(signed(old, *MEMBERS[:count]))
    kept = [name for number, name in enumerate(MEMBERS) if number not in removed] or ["dara"]
    states = {name: data.draw(st.sampled_from(["active", "active", "suspended"])) for name in kept}
    states[kept[0]] = "active"
    active = [name for name in kept if states[name] == "active"]
    new_threshold = data.draw(st.integers(len(active) // 2 + 1, max(len(active) - 1, len(active) // 2 + 1)))
    new_threshold = len(active) if len(active) < 3 else new_threshold
    members = tuple(organisation(name, state=states[name]) for name in kept)
    new = follow(previous, members=members, threshold=new_threshold)
    signers: list[Any] = data.draw(st.lists(st.sampled_from([*MEMBERS, "stranger"]), max_size=8))
    lines: list[Any] = [signer("dara", key=seed("x", "charter")) if each == "stranger" else each for each in signers]
    # A note has one line at least; a stranger's counts for nobody.
    note = signed(new, *lines, signer("nobody"))
    enough = len(set(signers) & set(MEMBERS[:count])) >= threshold and len(set(signers) & set(active)) >= new_threshold
    try:
        verified = verify_charter(note, previous)
    except Untrusted as error:
        assert error.code == "charter-signatures"  # noqa: PT017
        assert not enough
    else:
        assert enough
        assert verified.alliance == previous.alliance
        assert verified.charter == new
