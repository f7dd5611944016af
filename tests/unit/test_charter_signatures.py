"""Charters as signed notes: who must have signed which version, and which version may follow."""

import base64
from hashlib import sha256

import msgspec
import pytest

from mithaq.errors import Malformed, Untrusted
from mithaq.model import VerifiedCharter, encode_charter, follow_charters, verify_charter
from mithaq.model.charter import MAX_ORGANISATIONS, charter_keys, charter_signer_name
from mithaq.tlog import Note, SignatureType, Signer, decode_note, encode_note
from tests.properties.alliance import believed, charter, follow, keys, organisation, seed, signed, signer

ONE = charter(["dara"])
TWO = charter(["dara", "sarib"])
FIVE = charter(["m0", "m1", "m2", "m3", "m4"])  # threshold 3
FIRST = verify_charter(signed(FIVE, "m0", "m1", "m2", "m3", "m4"))


def untrusted(data: bytes, previous: VerifiedCharter | None = None) -> tuple[str, dict[str, object]]:
    """Code and details with which a charter is not believed."""
    with pytest.raises(Untrusted) as caught:
        verify_charter(data, previous)
    return caught.value.code, caught.value.details


def test_the_first_version_is_signed_by_all() -> None:
    verified = verify_charter(signed(TWO, "sarib", "dara"))
    assert verified == believed(TWO)
    assert untrusted(signed(TWO, "dara")) == ("charter-signatures", {"version": 1, "signed": 1, "needed": 2})
    # The threshold is not enough, nor is a partner's signature one of them.
    of = msgspec.structs.replace(FIVE, partners=(organisation("relief"),))
    four = ("m0", "m1", "m2", "m3")
    assert untrusted(signed(of, *four, "relief")) == ("charter-signatures", {"version": 1, "signed": 4, "needed": 5})
    assert verify_charter(signed(of, *four, "m4", "relief")).charter == of


def test_signatures_of_others_count_nothing_and_harm_nothing() -> None:
    stranger = signer("dara", key=seed("stranger", "charter"))
    details = {"version": 1, "signed": 1, "needed": 2}
    assert untrusted(signed(TWO, "sarib", stranger)) == ("charter-signatures", details)
    assert untrusted(signed(TWO, stranger))[1] == {**details, "signed": 0}
    assert verify_charter(signed(TWO, stranger, "dara", "sarib")).charter == TWO
    # The right key for another purpose, or under another domain, is no signature of a charter.
    log = Signer.from_seed(charter_signer_name("dara.example", "dara"), SignatureType.ED25519, seed("dara", "log"))
    assert untrusted(signed(TWO, "sarib", log))[0] == "charter-signatures"
    assert untrusted(signed(TWO, "sarib", signer("dara", domain="sarib.example")))[0] == "charter-signatures"


def test_a_line_twice_counts_once() -> None:
    note = decode_note(signed(TWO, "dara"))
    twice = encode_note(Note(note.text, note.signatures * 2))
    assert untrusted(twice) == ("charter-signatures", {"version": 1, "signed": 1, "needed": 2})


def test_a_members_signature_that_does_not_hold_refuses_the_note() -> None:
    note = decode_note(signed(TWO, "dara", "sarib"))
    other = decode_note(signed(charter(["dara", "sarib"], threshold=2, quotas={"entries": 1}), "dara", "sarib"))
    good, bad = note.signatures[0], other.signatures[1]
    assert untrusted(encode_note(Note(note.text, (good, bad)))) == ("note-signature", {"name": bad.name})
    assert untrusted(encode_note(Note(note.text, (*note.signatures, bad))))[0] == "note-signature"
    assert untrusted(encode_note(Note(other.text, note.signatures)))[0] == "note-signature"


def test_a_later_version_needs_the_thresholds_of_both() -> None:
    enough = ("m1", "m2", "m4")
    second = follow(FIRST, quotas={"entries": 7})
    verified = verify_charter(signed(second, *enough), FIRST)
    assert (verified.alliance, verified.charter) == (FIRST.alliance, second)
    assert verified.digest == sha256(encode_charter(second)).hexdigest() != FIRST.digest
    details = {"version": 2, "signed": 2, "needed": 3}
    assert untrusted(signed(second, "m1", "m2"), FIRST) == ("charter-signatures", details)
    # New members sign for the new version alone; its own threshold counts them, the old one's doesn't.
    grown = follow(FIRST, members=(*FIVE.members, organisation("n0"), organisation("n1")), threshold=6)
    assert untrusted(signed(grown, "m0", "m1", "n0", "n1"), FIRST)[1] == details
    assert untrusted(signed(grown, *enough, "n0", "n1"), FIRST)[1] == {"version": 2, "signed": 5, "needed": 6}
    assert verify_charter(signed(grown, *enough, "m0", "n0", "n1"), FIRST).charter == grown
    # Who leaves signs for the old version alone.
    shrunk = follow(FIRST, members=FIVE.members[2:], threshold=2)
    assert untrusted(signed(shrunk, "m0", "m1", "m2"), FIRST)[1] == {"version": 2, "signed": 1, "needed": 2}
    assert untrusted(signed(shrunk, "m2", "m3"), FIRST)[1] == details
    assert verify_charter(signed(shrunk, "m0", "m2", "m3"), FIRST).charter == shrunk


def test_a_member_that_changes_its_key_signs_with_both() -> None:
    renewed = organisation("m0", keys=keys("renewed"))
    second = follow(FIRST, members=(renewed, *FIVE.members[1:]))
    new_key = signer("m0", key=seed("renewed", "charter"))
    assert untrusted(signed(second, "m1", "m2", new_key), FIRST)[1] == {"version": 2, "signed": 2, "needed": 3}
    assert untrusted(signed(second, "m1", "m2", "m0"), FIRST)[1] == {"version": 2, "signed": 2, "needed": 3}
    verified = verify_charter(signed(second, "m1", "m2", "m0", new_key), FIRST)
    third = follow(verified, quotas={"entries": 7})
    assert untrusted(signed(third, "m1", "m2", "m0"), verified)[0] == "charter-signatures"
    assert verify_charter(signed(third, "m1", "m2", new_key), verified).charter == third


@pytest.mark.parametrize("state", ["suspended", "frozen"])
def test_who_is_suspended_does_not_sign(state: str) -> None:
    members = (organisation("m0", state=state), *FIVE.members[1:])
    second = follow(FIRST, members=members)
    assert [key.name for key in charter_keys(second)] == [f"m{n}.example/mithaq/charter/m{n}" for n in range(1, 5)]
    # It was active before, so its word counts for that version and not for this one.
    assert untrusted(signed(second, "m0", "m1", "m2"), FIRST)[1] == {"version": 2, "signed": 2, "needed": 3}
    verified = verify_charter(signed(second, "m1", "m2", "m3"), FIRST)
    # It comes back by the others' signatures, not by its own.
    third = follow(verified, members=FIVE.members)
    assert untrusted(signed(third, "m0", "m1", "m2"), verified)[1] == {"version": 3, "signed": 2, "needed": 3}
    assert verify_charter(signed(third, "m1", "m2", "m3"), verified).charter == third
    # What a suspended member writes below a note is a stranger's line, be it right or wrong.
    later = follow(verified, quotas={"entries": 1})
    note, wrong = decode_note(signed(later, "m1", "m2", "m3")), decode_note(signed(second, "m0"))
    assert (
        verify_charter(encode_note(Note(note.text, (*note.signatures, *wrong.signatures))), verified).charter == later
    )
    # Where it is a member again, a wrong one is its own.
    note = decode_note(signed(third, "m1", "m2", "m3"))
    assert (
        untrusted(encode_note(Note(note.text, (*note.signatures, *wrong.signatures))), verified)[0] == "note-signature"
    )


def test_versions_follow_one_another() -> None:
    everybody = ("m0", "m1", "m2", "m3", "m4")
    second = follow(FIRST, quotas={"entries": 2})
    note_2 = signed(second, *everybody)
    verified = verify_charter(note_2, FIRST)
    third = follow(verified, quotas={"entries": 3})
    note_3 = signed(third, *everybody)
    assert untrusted(note_2) == ("charter-chain", {"version": 2, "expected": 1})
    assert untrusted(note_3, FIRST) == ("charter-chain", {"version": 3, "expected": 2})
    assert untrusted(note_2, verified) == ("charter-chain", {"version": 2, "expected": 3})
    assert untrusted(signed(FIVE, *everybody), FIRST) == ("charter-chain", {"version": 1, "expected": 2})
    skipped = msgspec.structs.replace(third, version=4)
    assert untrusted(signed(skipped, *everybody), verified) == ("charter-chain", {"version": 4, "expected": 3})
    for previous in (FIRST.digest, "ab" * 32):
        data = signed(msgspec.structs.replace(third, previous=previous), *everybody)
        assert untrusted(data, verified) == ("charter-chain", {"version": 3, "expected": 3})
    note_1 = signed(FIVE, *everybody)
    assert follow_charters([note_1, note_2, note_3]) == verify_charter(note_3, verified)
    assert follow_charters([note_1, note_2, note_3]).alliance == FIRST.alliance
    for chain in ([note_2], [note_1, note_3], [note_1, note_1], [note_2, note_1]):
        with pytest.raises(Untrusted) as caught:
            follow_charters(chain)
        assert caught.value.code == "charter-chain"


def test_what_is_no_note_of_a_charter() -> None:
    text = encode_charter(ONE)
    for data in (b"", text, text + b"\n", b"version = 1\n\n" + signed(ONE, "dara").rpartition(b"\n\n")[2]):
        with pytest.raises(Malformed):
            verify_charter(data)
    # As many lines as two whole charters have members may stand below, and no more.
    line = decode_note(signed(ONE, "dara")).signatures
    others = tuple(line[0]._replace(name=f"s{number}") for number in range(2 * MAX_ORGANISATIONS - 1))
    assert verify_charter(encode_note(Note(text, (*line, *others)))).charter == ONE
    with pytest.raises(Malformed) as caught:
        verify_charter(encode_note(Note(text, (*line, *others, line[0]._replace(name="s")))))
    assert caught.value.code == "note-too-many-signatures"


def test_another_spelling_of_the_text_is_another_charter() -> None:
    text = b"# Signed at the first meeting\n" + encode_charter(ONE).replace(b" = ", b"=")
    verified = verify_charter(signed(text, "dara"))
    assert verified.charter == ONE
    assert verified.alliance == sha256(text).hexdigest() != believed(ONE).alliance
    assert base64.b64encode(ONE.members[0].keys.log) in text
