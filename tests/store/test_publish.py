"""Publishing: every rule by its code and place, strict and listed; what is known is left alone; the batch decides."""

import contextlib
import json
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from mithaq.errors import MithaqError, Refused
from mithaq.model import MAX_RECORD_BYTES, Reader, Tlp, decode_record
from mithaq.node import Node, Outcome, Wish, prepare, read_audit
from mithaq.store.database import Database
from tests.store.nodes import NOW, log_key, node_in, read, stix
from tests.store.oracle import check_log

OWN = Wish(("own",))
ALL = Wish(("all",))
ANALYST = frozenset({"analyst"})


@pytest.fixture(scope="module")
def node(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One node for all: objects have ids of their own, so that no test sees another's."""
    with node_in(tmp_path_factory.mktemp("node"), database) as opened:
        yield opened
        check_log(database, log_key(opened))


def refusal(node: Node, value: dict[str, Any], wish: Wish = OWN) -> tuple[str, str]:
    """Code and place of what forbids an object; nothing may have been published or written."""
    size = node.log_head().size
    with pytest.raises(MithaqError) as strict:
        node.publish("t", [read(value, "here")], wish)
    outcome = node.publish("t", [read(value, "here")], wish, strict=False)
    (listed,) = outcome.refused + outcome.conflicting
    assert (outcome.published, outcome.unchanged, outcome.checkpoint) == ([], [], b"")
    assert (listed.place, listed.object_id) == ("here", value["id"])
    assert (listed.error.code, listed.error.place) == (strict.value.code, strict.value.place)
    assert node.log_head().size == size
    return strict.value.code, strict.value.place


def publish(node: Node, *values: dict[str, Any], wish: Wish = OWN) -> Outcome:
    return node.publish("t", [read(value) for value in values], wish)


def codes(outcome: Outcome) -> list[str]:
    return [each.error.code for each in outcome.refused]


# What is published


def test_a_record_says_who_released_what_to_whom(node: Node) -> None:
    value = stix(name="x", unknown={"a": [1, 2.5, "ü"]})
    wish = Wish(("cyber",), expires=NOW + timedelta(days=3))
    (placed,) = publish(node, value, wish=wish).published
    stored = node.record(Reader("dara"), placed.commitment)
    record = decode_record(stored.body)
    assert record.object == value
    release = record.release
    assert (release.author, release.log) == ("dara", node.charter.origin("dara"))
    assert (release.alliance, release.charter) == (node.charter.alliance, node.charter.digest)
    assert (release.audience, release.group) == (("dara", "sarib"), "cyber")
    assert (release.released, release.expires) == ("2026-11-24T05:00:00.000000Z", "2026-11-27T05:00:00.000000Z")
    assert (stored.index, stored.object_id, stored.version) == (placed.index, placed.object_id, placed.version)
    with node.database.inspecting() as connection:
        act = read_audit(connection, 1)[0]
    assert (act.actor, act.act, act.at) == ("t", "publish", NOW)
    assert act.detail == {"first": placed.index, "last": placed.index, "to": "cyber"}


def test_nothing_of_nothing(node: Node) -> None:
    before = node.log_head()
    assert node.publish("t", [], OWN) == Outcome()
    assert node.log_head() == before


def test_indices_follow_the_input(node: Node) -> None:
    values = [stix() for _ in range(7)]
    outcome = publish(node, *values)
    assert [each.object_id for each in outcome.published] == [value["id"] for value in values]
    first = outcome.published[0].index
    assert [each.index for each in outcome.published] == list(range(first, first + 7))
    assert outcome.checkpoint == node.checkpoint()


# What is known already


def test_published_again_it_is_unchanged(node: Node) -> None:
    value = stix()
    (placed,) = publish(node, value).published
    before = node.log_head()
    # Another spelling of the same object is the same object.
    again = prepare("again", json.dumps(value, indent=3).encode())
    outcome = node.publish("t", [again], OWN)
    assert outcome.published == []
    (unchanged,) = outcome.unchanged
    assert (unchanged.place, unchanged.index, unchanged.commitment) == ("again", placed.index, placed.commitment)
    assert node.log_head() == before


def test_twice_in_one_batch_it_is_published_once(node: Node) -> None:
    value = stix()
    outcome = publish(node, value, value)
    assert len(outcome.published) == len(outcome.unchanged) == 1
    assert outcome.unchanged[0].commitment == outcome.published[0].commitment


def test_other_bytes_under_a_version_conflict(node: Node) -> None:
    value = stix(name="one")
    publish(node, value)
    assert refusal(node, {**value, "name": "two"}) == ("conflicting-version", "here")
    # The same instant in another spelling is the same version.
    assert refusal(node, {**value, "modified": "2026-11-01T00:00:00Z"}) == ("conflicting-version", "here")
    assert publish(node, {**value, "name": "two", "modified": "2026-11-02T00:00:00Z"}).published


def test_a_conflict_within_a_batch_is_listed(node: Node) -> None:
    value = stix(name="one")
    batch = [read(value, "first"), read({**value, "name": "two"}, "second"), read(stix(), "third")]
    outcome = node.publish("t", batch, OWN, strict=False)
    assert [each.place for each in outcome.published] == ["first", "third"]
    assert [(each.place, each.error.code) for each in outcome.conflicting] == [("second", "conflicting-version")]


def test_an_observable_has_one_version(node: Node) -> None:
    value = stix(
        "url", value="http://a/", created=None, modified=None, id=f"url--{uuid.uuid5(uuid.NAMESPACE_URL, 'a')}"
    )
    publish(node, value)
    assert publish(node, value).published == []
    assert refusal(node, {**value, "defanged": True}) == ("conflicting-version", "here")


def test_to_another_audience_only_when_asked(node: Node) -> None:
    value = stix()
    (first,) = publish(node, value).published
    assert refusal(node, value, Wish(("cyber",))) == ("released-otherwise", "here")
    (second,) = publish(node, value, wish=Wish(("cyber",), widen=True)).published
    assert node_release(node, second.commitment).restates == first.commitment.hex()
    (third,) = publish(node, value, wish=Wish(("all",), widen=True)).published
    assert node_release(node, third.commitment).restates == second.commitment.hex()
    # Now each of the three audiences is known, with and without the wish to widen.
    for wish in (OWN, Wish(("cyber",)), Wish(("all",)), Wish(("cyber",), widen=True)):
        assert len(publish(node, value, wish=wish).unchanged) == 1


def node_release(node: Node, commitment: bytes) -> Any:
    return decode_record(node.record(Reader("dara"), commitment).body).release


def test_a_first_release_restates_nothing(node: Node) -> None:
    (placed,) = publish(node, stix(), wish=Wish(("own",), widen=True)).published
    assert b"restates" not in node.record(Reader("dara"), placed.commitment).body


def test_what_was_published_stays_so_when_what_it_names_becomes_stricter(node: Node) -> None:
    """Importing again must find nothing to do, whatever was published in between."""
    named = stix(tlp=Tlp.GREEN)
    naming = stix("report", object_refs=[named["id"]], tlp=Tlp.GREEN)
    publish(node, named, naming)
    publish(node, {**named, "modified": "2026-11-05T00:00:00Z", "object_marking_refs": [Tlp.AMBER.marking]})
    assert len(publish(node, naming).unchanged) == 1
    assert refusal(node, {**naming, "modified": "2026-11-06T00:00:00Z"})[0] == "reference-stricter"


# Authors


def test_an_identity_of_another_member_publishes_only_there(node: Node) -> None:
    identities = node.charter.organisations
    assert refusal(node, stix(created_by_ref=identities["sarib"].identity)) == (
        "author-identity",
        "here.created_by_ref",
    )
    assert refusal(node, stix(created_by_ref=identities["tamur"].identity)) == (
        "author-identity",
        "here.created_by_ref",
    )
    assert publish(node, stix(created_by_ref=identities["dara"].identity)).published
    assert publish(node, stix(created_by_ref=f"identity--{uuid.uuid4()}")).published


@pytest.mark.parametrize("kind", ["mithaq-receipt", "mithaq-charter-adopted", "mithaq-anything"])
def test_our_own_types_are_not_for_everybody(node: Node, kind: str) -> None:
    assert refusal(node, stix(kind)) == ("type-reserved", "here")
    assert publish(node, stix(kind), wish=Wish(("own",), own_types=True)).published


# Markings


def definition(level: str | None = None, **properties: Any) -> dict[str, Any]:
    stated = {"definition_type": "tlp", "definition": {"tlp": level}} if level else {"name": "a statement"}
    return stix("marking-definition", modified=None, **stated, **properties)


def marked(*definitions: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return stix(object_marking_refs=[each["id"] for each in definitions], **properties)


def test_a_marking_that_nobody_explains_is_refused_at_its_place(node: Node) -> None:
    value = marked(definition("green"))
    assert refusal(node, value) == ("marking-unknown", "here.object_marking_refs")
    granular = [{"selectors": ["name"], "marking_ref": definition("green")["id"]}]
    assert refusal(node, stix(granular_markings=granular)) == (
        "marking-unknown",
        "here.granular_markings[0].marking_ref",
    )


@pytest.mark.parametrize("order", [1, -1])
def test_a_definition_in_the_batch_explains(node: Node, order: int) -> None:
    explains = definition("amber")
    values = [explains, marked(explains)][::order]
    outcome = publish(node, *values, wish=Wish(("cyber",)))
    assert len(outcome.published) == 2
    with node.database.inspecting() as connection:
        rows = connection.execute("SELECT tlp FROM records ORDER BY index DESC LIMIT 2").fetchall()
    assert [Tlp(row[0]) for row in rows][::order] == [Tlp.AMBER, Tlp.GREEN]


def test_a_definition_that_is_held_explains(node: Node) -> None:
    explains = definition("amber")
    publish(node, explains)
    value = marked(explains)
    assert refusal(node, value, ALL)[0] == "tlp-all"
    assert publish(node, value, wish=Wish(("cyber",))).published


def test_a_definition_that_the_caller_finds_explains(node: Node) -> None:
    explains, asked = definition("amber"), []

    def find() -> dict[str, Tlp | None]:
        asked.append(1)
        return {explains["id"]: Tlp.AMBER}

    node.publish("t", [read(stix(tlp=Tlp.GREEN)), read(stix())], OWN, definitions=find)
    assert asked == []
    outcome = node.publish("t", [read(marked(explains)), read(marked(explains))], Wish(("cyber",)), definitions=find)
    assert (len(outcome.published), asked) == (2, [1])


def test_no_other_definition_of_an_id_makes_it_laxer(node: Node) -> None:
    """A batch may bring another definition under an id that is held: it is refused, and must not count either."""
    strict = definition("red")
    publish(node, strict)
    lax = {**strict, "definition": {"tlp": "white"}}
    wish = Wish(("public",), public_confirmed=True)
    value = marked(strict)
    outcome = node.publish("t", [read(lax), read(value)], wish, strict=False)
    assert [each.error.code for each in outcome.conflicting] + codes(outcome) == ["tlp-public", "tlp-public"]
    outcome = node.publish("t", [read(lax), read(value)], OWN, strict=False)
    assert [each.error.code for each in outcome.conflicting] == ["conflicting-version"]
    assert codes(outcome) == ["tlp-red"]
    for pair in ([strict, lax], [lax, strict]):
        fresh = definition("red")
        twice = [{**each, "id": fresh["id"]} for each in pair]
        outcome = node.publish("t", [*map(read, twice), read(marked(fresh))], OWN, strict=False)
        assert codes(outcome) == ["tlp-red"]


def test_a_statement_is_no_level(node: Node) -> None:
    explains = definition(None)
    publish(node, explains, marked(explains), wish=ALL)
    with node.database.inspecting() as connection:
        assert connection.execute("SELECT tlp FROM records ORDER BY index DESC LIMIT 1").fetchone() == (Tlp.GREEN,)


def test_parts_that_are_stricter_than_the_whole_are_refused(node: Node) -> None:
    def granular(tlp: Tlp) -> dict[str, Any]:
        return {"granular_markings": [{"selectors": ["name"], "marking_ref": tlp.marking}], "name": "x"}

    assert refusal(node, stix(tlp=Tlp.GREEN, **granular(Tlp.AMBER))) == ("marking-stricter", "here.granular_markings")
    assert refusal(node, stix(**granular(Tlp.AMBER)))[0] == "marking-stricter"
    assert publish(node, stix(tlp=Tlp.AMBER, **granular(Tlp.AMBER)), wish=Wish(("cyber",))).published
    assert publish(node, stix(tlp=Tlp.AMBER, **granular(Tlp.CLEAR)), wish=Wish(("cyber",))).published


# Audiences: what a marking allows


@pytest.mark.parametrize(
    ("tlp", "to", "code"),
    [
        (Tlp.RED, ("own",), "tlp-red"),
        (Tlp.RED, ("cyber",), "tlp-red"),
        (Tlp.RED, ("sarib/analyst", "kolan"), "tlp-red"),
        (Tlp.RED, ("public",), "tlp-public"),
        (Tlp.RED, ("tamur/analyst",), "tlp-partner"),
        (Tlp.AMBER_STRICT, ("wide",), "tlp-partner"),
        (Tlp.AMBER_STRICT, ("all",), "tlp-all"),
        (Tlp.AMBER, ("all",), "tlp-all"),
        (Tlp.AMBER, ("all/analyst",), "tlp-all"),
        (Tlp.AMBER, ("public",), "tlp-public"),
        (Tlp.GREEN, ("public",), "tlp-public"),
        (None, ("public",), "tlp-public"),
        (Tlp.GREEN, ("nobody",), "audience-unknown"),
        (Tlp.GREEN, ("sarib/king",), "audience-role"),
        (Tlp.GREEN, (), "audience-empty"),
        (Tlp.CLEAR, ("public", "sarib"), "audience-public-alone"),
    ],
)
def test_what_a_marking_forbids(node: Node, tlp: Tlp | None, to: tuple[str, ...], code: str) -> None:
    assert refusal(node, stix(tlp=tlp), Wish(to, public_confirmed=True, roles=ANALYST))[0] == code


@pytest.mark.parametrize(
    ("tlp", "to", "audience"),
    [
        (Tlp.RED, ("sarib/delegate",), ["dara/analyst", "sarib/delegate"]),
        (Tlp.RED, ("dara/delegate", "sarib/delegate"), ["dara/delegate", "sarib/delegate"]),
        (Tlp.AMBER_STRICT, ("cyber",), ["dara", "sarib"]),
        (Tlp.AMBER, ("wide",), ["dara", "kolan", "tamur"]),
        (Tlp.GREEN, ("all", "tamur"), ["dara", "kolan", "sarib", "tamur"]),
        (None, ("kolan/analyst",), ["dara", "kolan/analyst"]),
        (Tlp.CLEAR, ("public",), ["public"]),
    ],
)
def test_what_a_marking_allows(node: Node, tlp: Tlp | None, to: tuple[str, ...], audience: list[str]) -> None:
    wish = Wish(to, public_confirmed=True, roles=ANALYST)
    (placed,) = publish(node, stix(tlp=tlp), wish=wish).published
    with node.database.inspecting() as connection:
        row = connection.execute("SELECT body FROM records WHERE commitment = %s", [placed.commitment]).fetchone()
    assert row is not None
    assert json.loads(row[0])["release"]["audience"] == audience


def test_public_only_when_a_person_has_confirmed_it(node: Node) -> None:
    value = stix(tlp=Tlp.CLEAR)
    assert refusal(node, value, Wish(("public",)))[0] == "audience-public-unconfirmed"
    assert publish(node, value, wish=Wish(("public",), public_confirmed=True)).published


def can_see(node: Node, reader: Reader, commitment: bytes) -> bool:
    with contextlib.suppress(Refused):
        return node.record(reader, commitment).commitment == commitment
    return False


def test_red_is_hidden_from_colleagues_and_from_the_roleless(node: Node) -> None:
    (placed,) = publish(node, stix(tlp=Tlp.RED), wish=Wish(("sarib/delegate",), roles=ANALYST)).published
    for reader, sees in (
        (Reader("dara"), False),
        (Reader("dara", frozenset({"delegate"})), False),
        (Reader("dara", ANALYST), True),
        (Reader("sarib", ANALYST), False),
        (Reader("sarib", frozenset({"delegate"})), True),
    ):
        assert can_see(node, reader, placed.commitment) is sees


# References


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("where", ["reference", "text", "nested"])
def test_what_names_something_stricter_of_ours_is_refused(node: Node, together: bool, where: str) -> None:
    strict = stix(tlp=Tlp.AMBER)
    ways: dict[str, dict[str, Any]] = {
        "reference": {"object_refs": [strict["id"]]},
        "text": {"content": f"see {strict['id'].upper()}."},
        "nested": {"x_more": [{"deep": {strict["id"]: 1}}]},
    }
    naming = stix("note", tlp=Tlp.GREEN, **ways[where])
    wish = Wish(("cyber",))
    if together:
        outcome = node.publish("t", [read(naming), read(strict)], wish, strict=False)
        assert codes(outcome) == ["reference-stricter"]
        assert len(outcome.published) == 1
    else:
        publish(node, strict, wish=wish)
        assert refusal(node, naming, wish) == ("reference-stricter", "here")
    assert publish(node, {**naming, "object_marking_refs": [Tlp.AMBER.marking]}, wish=wish).published


def test_what_names_a_stricter_copy_of_a_third_partys_is_warned_of(node: Node) -> None:
    strict = stix(tlp=Tlp.AMBER, created_by_ref=f"identity--{uuid.uuid4()}")
    publish(node, strict, wish=Wish(("cyber",)))
    naming = stix("report", tlp=Tlp.GREEN, object_refs=[strict["id"]])
    outcome = publish(node, naming)
    assert (len(outcome.published), outcome.warned) == (1, [("$", strict["id"])])


def test_what_names_something_nobody_holds_is_published(node: Node) -> None:
    outcome = publish(node, stix("report", tlp=Tlp.GREEN, object_refs=[stix()["id"]]))
    assert (len(outcome.published), outcome.warned) == (1, [])


def test_creator_and_marking_are_no_references(node: Node) -> None:
    me = stix("identity", id=node.charter.organisations["dara"].identity, tlp=Tlp.AMBER, name="us")
    publish(node, me, wish=Wish(("cyber",)))
    assert publish(node, stix(tlp=Tlp.GREEN, created_by_ref=me["id"])).published


# All or nothing, and going on


def test_strict_publishes_nothing_of_a_batch_with_one_refusal(node: Node) -> None:
    before = node.log_head()
    batch = [read(stix(), "one"), read(stix("mithaq-x"), "two"), read(stix(), "three")]
    with pytest.raises(MithaqError) as caught:
        node.publish("t", batch, OWN)
    assert (caught.value.code, caught.value.place) == ("type-reserved", "two")
    assert node.log_head() == before
    outcome = node.publish("t", batch, OWN, strict=False)
    assert [each.place for each in outcome.published] == ["one", "three"]
    assert codes(outcome) == ["type-reserved"]


def test_an_object_too_large_for_a_record_is_listed(node: Node) -> None:
    """It fits by itself, and not with its release around it."""
    large = stix("note", content="x" * (MAX_RECORD_BYTES - 300))
    assert refusal(node, large)[0] == "json-too-large"


def test_rehearsing_says_what_publishing_would(node: Node) -> None:
    before = node.log_head()
    value = stix(tlp=Tlp.AMBER)
    rehearsal = node.rehearse("t", read(value), Wish(("wide",)))
    assert (rehearsal.tlp, rehearsal.addressed.audience) == (Tlp.AMBER, ("dara", "kolan", "tamur"))
    assert {door.organisation: door.sees for door in rehearsal.doors} == {
        "dara": True, "kolan": True, "sarib": False, "tamur": True,
    }  # fmt: skip
    with pytest.raises(MithaqError) as caught:
        node.rehearse("t", read(value), ALL)
    assert caught.value.code == "tlp-all"
    assert node.log_head() == before
    with node.database.inspecting() as connection:
        acts = read_audit(connection, 2)
    assert [(act.act, act.detail) for act in acts] == [("preview", {"id": value["id"]})] * 2
