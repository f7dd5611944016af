"""What an answer tells of what the one who asks may not read: nothing but that something is refused."""

import uuid
from typing import Any

from mithaq.errors import MithaqError
from mithaq.model import Tlp, decode_record
from mithaq.node import Node, Visitor, Wish
from mithaq.node.collections import post
from tests.store.nodes import read, stix
from tests.store.test_collections import ANALYST, OFFICER, collection


def codes(node: Node, visitor: Visitor, name: str, value: dict[str, Any]) -> list[str]:
    outcome = post(node, visitor, collection(node, name, visitor), [read(value)])
    listed: list[MithaqError] = [each.error for each in [*outcome.conflicting, *outcome.refused]]
    for error in listed:
        assert not error.details or error.code != "held-back"
    return [error.code for error in listed]


def test_a_post_does_not_tell_what_others_released_under_the_same_id(lone_node: Node) -> None:
    """The analyst can't read what the duty officer released; the same bytes go out anew, others are just held back."""
    secret = stix(tlp=Tlp.RED, name="secret")
    lone_node.publish("x", [read(secret)], Wish(("own/duty-officer",), frozenset({"duty-officer"})))
    plain = {name: each for name, each in secret.items() if name != "object_marking_refs"} | {"name": "a guess"}
    assert codes(lone_node, ANALYST, "own", plain) == ["held-back"]
    assert codes(lone_node, OFFICER, "own", plain) == ["conflicting-version"]


def test_the_same_bytes_are_released_without_a_word_of_the_release_that_is_hidden(lone_node: Node) -> None:
    value = stix(tlp=Tlp.CLEAR)
    lone_node.publish("x", [read(value)], Wish(("own/duty-officer",), frozenset({"duty-officer"})))
    outcome = post(lone_node, ANALYST, collection(lone_node, "own"), [read(value)])
    record = decode_record(lone_node.record(ANALYST.reader, outcome.published[0].commitment).body)
    assert not isinstance(record.release.restates, str)


def test_a_reference_to_what_is_hidden_is_held_back_without_a_reason(lone_node: Node) -> None:
    secret = stix(tlp=Tlp.RED)
    lone_node.publish("x", [read(secret)], Wish(("own/duty-officer",), frozenset({"duty-officer"})))
    note = stix("note", content=f"see {secret['id']}", object_refs=[secret["id"]])
    assert codes(lone_node, ANALYST, "own", note) == ["held-back"]
    assert codes(lone_node, OFFICER, "own", note) == ["reference-stricter"]


def test_a_reference_to_what_is_hidden_holds_no_other_object_up(lone_node: Node) -> None:
    """What decides it is asked for before the first record is stored: in the middle the store has no ear."""
    secret = stix(tlp=Tlp.RED)
    lone_node.publish("x", [read(secret)], Wish(("own/duty-officer",), frozenset({"duty-officer"})))
    note = stix("note", content="see it", object_refs=[secret["id"]])
    batch = [read(stix(), "$[0]"), read(note, "$[1]"), read(stix(), "$[2]")]
    outcome = post(lone_node, ANALYST, collection(lone_node, "own"), batch)
    assert [each.place for each in outcome.published] == ["$[0]", "$[2]"]
    assert [each.error.code for each in outcome.refused] == ["held-back"]


def test_a_refusal_names_only_a_reference_that_can_be_seen(lone_node: Node) -> None:
    secret = stix(tlp=Tlp.RED)  # its id sorts before that of the other one
    lone_node.publish("x", [read(secret)], Wish(("own/duty-officer",), frozenset({"duty-officer"})))
    strict = stix(tlp=Tlp.AMBER)
    note = stix("note", content="both", object_refs=[secret["id"], strict["id"]])
    outcome = post(lone_node, ANALYST, collection(lone_node, "own"), [read(strict, "$[0]"), read(note, "$[1]")])
    (listed,) = outcome.refused
    assert (listed.error.code, listed.error.details["reference"]) == ("reference-stricter", strict["id"])


def test_a_plain_version_of_what_is_hidden_does_not_tell_that_it_is(lone_node: Node) -> None:
    secret = stix(tlp=Tlp.RED)
    lone_node.publish("x", [read(secret)], Wish(("own/duty-officer",), frozenset({"duty-officer"})))
    plain = {name: each for name, each in secret.items() if name != "object_marking_refs"}
    plain["modified"] = "2026-11-05T00:00:00.000Z"
    note = stix("note", content="see it", object_refs=[secret["id"]])
    outcome = post(lone_node, ANALYST, collection(lone_node, "own"), [read(plain, "$[0]"), read(note, "$[1]")])
    assert [each.error.code for each in outcome.refused] == ["held-back"]


def test_nobody_is_warned_of_a_copy_that_he_may_not_read(lone_node: Node) -> None:
    theirs = stix(tlp=Tlp.RED, created_by_ref=f"identity--{uuid.UUID(int=9 | 4 << 76 | 8 << 60)}")
    lone_node.publish("x", [read(theirs)], Wish(("own/duty-officer",), frozenset({"duty-officer"})))
    for visitor, warned in ((ANALYST, 0), (OFFICER, 1)):
        note = stix("note", content="see it", object_refs=[theirs["id"]])
        outcome = post(lone_node, visitor, collection(lone_node, "own"), [read(note)])
        assert (len(outcome.published), len(outcome.warned)) == (1, warned)
