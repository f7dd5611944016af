"""Release: which marking goes to whom, who may publish, what an object's markings are, and the preview."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mithaq.errors import Refused
from mithaq.model import MAX_AUDIENCE, TLP_BY_MARKING, Grant, Reader, Tlp
from mithaq.release import (
    Addressed,
    Door,
    HeldObject,
    find_stricter,
    marking_of,
    may_read,
    preview,
    resolve_audience,
    verify_audience,
    verify_author,
)
from tests.properties.alliance import believed, charter, organisation

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WORLD = believed(
    charter(
        ["dara", "sarib", "kolm", organisation("idle", state="suspended"), organisation("still", state="frozen")],
        version=2,
        previous="ab" * 32,
        partners=(organisation("relief"), organisation("trade", state="suspended")),
        groups={"team": ("dara", "sarib"), "mixed": ("relief", "sarib"), "away": ("kolm",)},
        roles=("administrator", "analyst", "delegate"),
    )
)
CLEAR, GREEN, AMBER, AMBER_STRICT, RED = Tlp


def resolve(*wanted: str, tlp: Tlp = GREEN, author: str = "dara", roles: tuple[str, ...] = ("delegate",)) -> Addressed:
    """The audience that somebody with these roles at the author means, `public` confirmed."""
    return resolve_audience(WORLD, author, wanted, tlp, author_roles=frozenset(roles), public_confirmed=True)


def refusal(*wanted: str, **how: Any) -> str:
    """The code with which it is refused."""
    with pytest.raises(Refused) as caught:
        resolve(*wanted, **how)
    return caught.value.code


# Who reads


@pytest.mark.parametrize(
    ("reader", "audience", "allowed", "reason", "door"),
    [
        (Reader(), ("public",), True, "public", "public"),
        (Reader("dara"), ("public",), True, "public", "public"),
        (Reader("dara", frozenset({"administrator"})), ("public",), True, "public", "public"),
        (Reader(), ("dara",), False, "not-named", ""),
        (Reader("dara"), ("dara", "sarib"), True, "named", "dara"),
        (Reader("dara", frozenset({"analyst"})), ("dara", "dara/analyst"), True, "named", "dara"),
        (Reader("dara", frozenset({"analyst"})), ("dara/analyst",), True, "named-role", "dara/analyst"),
        (Reader("dara", frozenset({"analyst"})), ("dara/delegate",), False, "role-not-named", ""),
        (Reader("dara"), ("dara/analyst",), False, "role-not-named", ""),
        (Reader("dara", frozenset({"analyst"})), ("sarib", "sarib/analyst"), False, "not-named", ""),
        (Reader("dar"), ("dara", "dara/analyst"), False, "not-named", ""),
        (Reader("dara", frozenset({"administrator"})), ("dara",), False, "administrator", ""),
        (Reader("dara", frozenset({"administrator"})), ("dara", "dara/administrator"), True, "named-role",
         "dara/administrator"),
        (Reader("dara", frozenset({"administrator", "auditor"})), ("dara",), True, "named", "dara"),
        (Reader("dara", frozenset({"delegate", "analyst"})), ("dara/analyst", "dara/delegate"), True, "named-role",
         "dara/analyst"),
    ],
)  # fmt: skip
def test_who_may_read(reader: Reader, audience: tuple[str, ...], allowed: bool, reason: str, door: str) -> None:
    assert may_read(reader, audience) == (allowed, reason, door)


# Which marking goes to whom: the table of docs/formats.md, for an author that is a member.

WISHES = {
    "own": ("dara",),
    "all": ("dara", "kolm", "sarib"),
    "sarib": ("dara", "sarib"),
    "dara": ("dara",),
    "idle": ("dara", "idle"),
    "relief": ("dara", "relief"),
    "team": ("dara", "sarib"),
    "away": ("dara", "kolm"),
    "mixed": ("dara", "relief", "sarib"),
    "all/analyst": ("dara/analyst", "kolm/analyst", "sarib/analyst"),
    "team/analyst": ("dara/analyst", "sarib/analyst"),
    "sarib/analyst": ("dara", "sarib/analyst"),
    "relief/analyst": ("dara", "relief/analyst"),
    "mixed/analyst": ("dara", "relief/analyst", "sarib/analyst"),
    "own/analyst": ("dara/analyst",),
    "public": ("public",),
}
LABELS = {"own", "all", "team", "away", "mixed"}
REFUSED = {
    CLEAR: {},
    GREEN: {"public": "tlp-public"},
    AMBER: {"public": "tlp-public", "all": "tlp-all", "all/analyst": "tlp-all"},
    AMBER_STRICT: {
        "public": "tlp-public", "all": "tlp-all", "all/analyst": "tlp-all",
        "relief": "tlp-partner", "mixed": "tlp-partner", "relief/analyst": "tlp-partner",
        "mixed/analyst": "tlp-partner",
    },
    RED: {
        "public": "tlp-public", "all": "tlp-all", "all/analyst": "tlp-all",
        "own": "tlp-red", "sarib": "tlp-red", "dara": "tlp-red", "idle": "tlp-red", "relief": "tlp-red",
        "team": "tlp-red", "away": "tlp-red", "mixed": "tlp-red",
        "relief/analyst": "tlp-partner", "mixed/analyst": "tlp-partner",
    },
}  # fmt: skip


@pytest.mark.parametrize("tlp", Tlp)
@pytest.mark.parametrize("wish", WISHES)
def test_the_marking_decides_who_may_be_addressed(wish: str, tlp: Tlp) -> None:
    expected = WISHES[wish]
    if tlp is RED and "/" in wish:
        # Where only roles are named, the author stands in by the role that releases, if it named none of its own.
        expected = tuple(sorted({"dara/delegate" if each == "dara" else each for each in expected}))
    if wish in REFUSED[tlp]:
        assert refusal(wish, tlp=tlp) == REFUSED[tlp][wish]
    else:
        assert resolve(wish, tlp=tlp) == Addressed(expected, wish if wish in LABELS else None)


@pytest.mark.parametrize("wish", ["own", "all", "sarib", "relief", "team", "mixed", "sarib/analyst"])
@pytest.mark.parametrize("tlp", Tlp)
def test_a_partner_stands_in_its_own_audience_so_it_publishes_nothing_stricter_than_amber(wish: str, tlp: Tlp) -> None:
    if tlp <= AMBER and not (tlp is AMBER and wish == "all"):
        assert "relief" in resolve(wish, tlp=tlp, author="relief").audience
    else:
        whole = "/" not in wish
        code = "tlp-all" if wish == "all" else "tlp-red" if tlp is RED and whole else "tlp-partner"
        assert refusal(wish, tlp=tlp, author="relief") == code


def test_several_wishes_make_one_audience_and_no_label() -> None:
    assert resolve("team", "relief") == Addressed(("dara", "relief", "sarib"), None)
    assert resolve("team", "team") == Addressed(("dara", "sarib"), None)
    assert resolve("sarib/analyst", "sarib") == Addressed(("dara", "sarib", "sarib/analyst"), None)
    assert refusal("sarib", "all", tlp=AMBER) == "tlp-all"
    assert refusal("public", "sarib", tlp=CLEAR) == "audience-public-alone"


def test_an_author_that_named_a_role_of_its_own_is_not_widened() -> None:
    assert resolve("dara/analyst", "sarib").audience == ("dara/analyst", "sarib")
    assert resolve("dara/analyst", "sarib/analyst", tlp=RED).audience == ("dara/analyst", "sarib/analyst")


def test_under_red_the_author_stands_in_by_the_roles_that_release() -> None:
    assert resolve("sarib/analyst", tlp=RED, roles=("delegate", "analyst")).audience == (
        "dara/analyst",
        "dara/delegate",
        "sarib/analyst",
    )
    # Roles that the charter doesn't use are none, and without any the author would not stand in.
    assert resolve("sarib/analyst", tlp=RED, roles=("auditor", "analyst")).audience == ("dara/analyst", "sarib/analyst")
    assert refusal("sarib/analyst", tlp=RED, roles=("auditor",)) == "audience-author"
    assert refusal("sarib/analyst", tlp=RED, roles=()) == "audience-author"


@pytest.mark.parametrize("tlp", Tlp)
@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ("nobody", "audience-unknown"),
        ("", "audience-unknown"),
        ("Dara", "audience-unknown"),
        ("/analyst", "audience-unknown"),
        ("nobody/analyst", "audience-unknown"),
        ("public/analyst", "audience-unknown"),
        ("sarib/", "audience-role"),
        ("sarib/cook", "audience-role"),
        ("sarib/auditor", "audience-role"),
        ("sarib/analyst/analyst", "audience-role"),
    ],
)
def test_names_that_the_charter_does_not_know(wish: str, code: str, tlp: Tlp) -> None:
    assert refusal(wish, tlp=tlp) == code
    assert refusal("team/analyst", wish, tlp=tlp) == code


def test_nobody_is_no_audience() -> None:
    assert refusal() == "audience-empty"


def test_public_wants_a_person_and_is_asked_for_only_where_it_is_allowed() -> None:
    for tlp in Tlp:
        with pytest.raises(Refused) as caught:
            resolve_audience(WORLD, "dara", ["public"], tlp, author_roles=frozenset({"analyst"}))
        assert caught.value.code == ("audience-public-unconfirmed" if tlp is CLEAR else "tlp-public")
    with pytest.raises(Refused) as caught:
        resolve_audience(WORLD, "dara", ["public", "sarib"], CLEAR)
    assert caught.value.code == "audience-public-alone"


def test_an_audience_is_not_larger_than_a_record_may_state() -> None:
    many = [f"p{number:03d}" for number in range(350)]
    crowd = believed(
        charter(["dara"], partners=tuple(organisation(name) for name in many), groups={"crowd": tuple(many)})
    )
    roles = ("analyst", "delegate", "auditor")
    wishes = [f"crowd/{role}" for role in roles]
    with pytest.raises(Refused) as caught:
        resolve_audience(crowd, "dara", wishes, GREEN)
    assert caught.value.code == "audience-large"
    assert caught.value.details == {"limit": MAX_AUDIENCE}
    # The author's own entry is one of the 1,024.
    fits = [f"{name}/{role}" for role in roles for name in many][: MAX_AUDIENCE - 1]
    assert len(resolve_audience(crowd, "dara", fits, GREEN).audience) == MAX_AUDIENCE
    with pytest.raises(Refused) as caught:
        resolve_audience(crowd, "dara", [*fits, "p349/secretariat"], GREEN)
    assert caught.value.code == "audience-large"


# What a peer sends


@pytest.mark.parametrize(
    ("audience", "group", "tlp", "code"),
    [
        (("public",), None, GREEN, "tlp-public"),
        (("dara", "public"), None, CLEAR, "audience-public-alone"),
        (("public", "sarib"), None, RED, "audience-public-alone"),
        (("dara", "nobody"), None, GREEN, "audience-unknown"),
        (("all", "dara"), None, GREEN, "audience-unknown"),
        (("dara", "team"), None, GREEN, "audience-unknown"),
        (("dara/auditor",), None, GREEN, "audience-role"),
        (("sarib",), None, GREEN, "audience-author"),
        (("sarib/analyst",), None, RED, "audience-author"),
        ((), None, GREEN, "audience-author"),
        (("dara", "sarib/analyst"), None, RED, "tlp-red"),
        (("dara/analyst", "sarib"), None, RED, "tlp-red"),
        (("dara", "kolm", "sarib"), "all", AMBER, "tlp-all"),
        (("dara", "relief"), None, AMBER_STRICT, "tlp-partner"),
        (("dara/analyst", "relief/analyst"), None, RED, "tlp-partner"),
        # A label must be true: it is what a grant goes by.
        (("dara", "kolm", "sarib"), "team", GREEN, "audience-group"),
        (("dara",), "team", GREEN, "audience-group"),
        (("dara", "sarib/analyst"), "team", GREEN, "audience-group"),
        (("dara", "kolm", "sarib", "idle"), "all", GREEN, "audience-group"),
        (("dara", "sarib"), "own", GREEN, "audience-group"),
        (("dara", "sarib"), "nobody", GREEN, "audience-group"),
        (("dara", "sarib"), "sarib", GREEN, "audience-group"),
        (("public",), "team", CLEAR, "audience-group"),
    ],
)
def test_what_no_peer_may_send(audience: tuple[str, ...], group: str | None, tlp: Tlp, code: str) -> None:
    with pytest.raises(Refused) as caught:
        verify_audience(WORLD, "dara", Addressed(audience, group), tlp)
    assert caught.value.code == code


def test_the_refusal_names_what_it_refuses() -> None:
    for audience, group, tlp, details in (
        (("dara", "relief", "trade"), None, AMBER_STRICT, {"tlp": "TLP:AMBER+STRICT", "partner": "relief"}),
        (("dara", "nobody"), None, GREEN, {"name": "nobody"}),
        (("dara/auditor",), None, GREEN, {"role": "auditor"}),
        (("sarib",), None, GREEN, {"author": "dara"}),
        (("dara",), "team", GREEN, {"group": "team"}),
        (("public",), None, RED, {"tlp": "TLP:RED"}),
    ):
        with pytest.raises(Refused) as caught:
            verify_audience(WORLD, "dara", Addressed(audience, group), tlp)
        assert caught.value.details == details


# Who publishes


@pytest.mark.parametrize(
    ("author", "group", "code"),
    [
        ("dara", None, None),
        ("dara", "all", None),
        ("nobody", None, "author-unknown"),
        ("public", None, "author-unknown"),
        ("idle", "own", "author-inactive"),
        ("still", "own", "author-inactive"),
        ("trade", "team", "author-inactive"),
        ("relief", "team", None),
        ("relief", "mixed", "author-no-grant"),
        ("relief", None, "author-no-grant"),
    ],
)
def test_who_may_publish(author: str, group: str | None, code: str | None) -> None:
    grants = [
        Grant("trade", frozenset({"team", "mixed"}), NOW, NOW + timedelta(days=1)),
        Grant("relief", frozenset({"team"}), NOW, NOW + timedelta(days=1)),
    ]
    if code is None:
        verify_author(WORLD, author, group, grants, NOW)
    else:
        with pytest.raises(Refused) as caught:
            verify_author(WORLD, author, group, grants, NOW)
        assert caught.value.code == code
    if author == "relief":
        for late in (grants[:1], []):
            with pytest.raises(Refused):
                verify_author(WORLD, author, group, late, NOW)
        with pytest.raises(Refused):
            verify_author(WORLD, author, group, grants, NOW + timedelta(days=1))


def test_a_partner_reaches_by_a_grant_what_the_grant_says_and_no_more() -> None:
    """Audience and author are checked apart, by the same label: neither alone may be fooled by it."""
    grants = [Grant("relief", frozenset({"team"}), NOW, NOW + timedelta(days=1))]
    honest = resolve("team", author="relief")
    assert honest == Addressed(("dara", "relief", "sarib"), "team")
    verify_author(WORLD, "relief", honest.group, grants, NOW)
    wider = Addressed(("dara", "kolm", "relief", "sarib"), "team")
    verify_author(WORLD, "relief", wider.group, grants, NOW)
    with pytest.raises(Refused) as caught:
        verify_audience(WORLD, "relief", wider, GREEN)
    assert caught.value.code == "audience-group"


# Markings

NOT_TLP = "marking-definition--11111111-1111-4111-8111-111111111111"
OWN_RED = "marking-definition--22222222-2222-4222-8222-222222222222"
DEFINITIONS = {NOT_TLP: None, OWN_RED: RED}


def granular(*refs: str) -> list[dict[str, Any]]:
    """Granular markings with these references."""
    return [{"selectors": ["name"], "marking_ref": ref} for ref in refs]


@pytest.mark.parametrize("marking", TLP_BY_MARKING)
def test_every_fixed_marking_is_read(marking: str) -> None:
    level = TLP_BY_MARKING[marking]
    assert marking_of({"object_marking_refs": [marking]}, {}) == (level, level)
    assert marking_of({"granular_markings": granular(marking)}, {}) == (GREEN, max(GREEN, level))


@pytest.mark.parametrize(
    ("value", "levels"),
    [
        ({}, (GREEN, GREEN)),
        ({"object_marking_refs": [], "granular_markings": []}, (GREEN, GREEN)),
        ({"object_marking_refs": [NOT_TLP]}, (GREEN, GREEN)),
        ({"object_marking_refs": [OWN_RED]}, (RED, RED)),
        ({"object_marking_refs": [CLEAR.marking]}, (CLEAR, CLEAR)),
        ({"object_marking_refs": [CLEAR.marking, NOT_TLP, AMBER.marking]}, (AMBER, AMBER)),
        ({"object_marking_refs": [CLEAR.marking], "granular_markings": granular(AMBER.marking)}, (CLEAR, AMBER)),
        ({"object_marking_refs": [RED.marking], "granular_markings": granular(AMBER.marking)}, (RED, RED)),
        ({"granular_markings": granular(NOT_TLP, OWN_RED, CLEAR.marking)}, (GREEN, RED)),
        ({"granular_markings": [{"selectors": ["name"], "lang": "ar"}]}, (GREEN, GREEN)),
    ],
)
def test_the_strictest_marking_counts(value: dict[str, Any], levels: tuple[Tlp, Tlp]) -> None:
    assert marking_of(value, DEFINITIONS) == levels


UNKNOWN = "marking-definition--33333333-3333-4333-8333-333333333333"


@pytest.mark.parametrize(
    ("value", "place", "marking"),
    [
        ({"object_marking_refs": [RED.marking, UNKNOWN]}, "$.object_marking_refs", UNKNOWN),
        ({"object_marking_refs": UNKNOWN}, "$.object_marking_refs", UNKNOWN),
        ({"object_marking_refs": RED.marking}, "$.object_marking_refs", RED.marking),
        ({"object_marking_refs": None}, "$.object_marking_refs", "None"),
        ({"object_marking_refs": 7}, "$.object_marking_refs", "7"),
        ({"object_marking_refs": {RED.marking: 1}}, "$.object_marking_refs", None),
        ({"object_marking_refs": [["x"]]}, "$.object_marking_refs", "['x']"),
        ({"object_marking_refs": [None]}, "$.object_marking_refs", "None"),
        ({"object_marking_refs": ["x" * 5000]}, "$.object_marking_refs", "x" * 100),
        ({"granular_markings": granular(AMBER.marking, UNKNOWN)}, "$.granular_markings[1].marking_ref", UNKNOWN),
        ({"granular_markings": [{"marking_ref": None}]}, "$.granular_markings[0].marking_ref", "None"),
        ({"granular_markings": [7]}, "$.granular_markings[0]", "7"),
        ({"granular_markings": ["marking_ref"]}, "$.granular_markings[0]", "marking_ref"),
        ({"granular_markings": {"marking_ref": RED.marking}}, "$.granular_markings", None),
    ],
)
def test_a_marking_that_cannot_be_read_is_refused(value: dict[str, Any], place: str, marking: str | None) -> None:
    with pytest.raises(Refused) as caught:
        marking_of(value, DEFINITIONS)
    assert (caught.value.code, caught.value.place) == ("marking-unknown", place)
    if marking is not None:
        assert caught.value.details == {"marking": marking}


def test_what_is_stricter_than_what_refers_to_it() -> None:
    held = {
        "report--2": HeldObject(RED, True),
        "report--1": HeldObject(AMBER, True),
        "malware--1": HeldObject(AMBER_STRICT, False),
        "malware--2": HeldObject(CLEAR, False),
        "report--3": HeldObject(GREEN, True),
    }
    assert find_stricter(GREEN, held) == (["report--1", "report--2"], ["malware--1"])
    assert find_stricter(AMBER, held) == (["report--2"], ["malware--1"])
    assert find_stricter(CLEAR, held)[0] == ["report--1", "report--2", "report--3"]
    assert find_stricter(RED, held) == find_stricter(GREEN, {}) == ([], [])


# Preview


def test_the_preview_names_every_organisation() -> None:
    assert preview(
        WORLD, Addressed(("dara", "idle", "relief/analyst", "relief/delegate", "sarib", "sarib/analyst"), None)
    ) == [
        Door("dara", True, ("dara",), "named"),
        Door("idle", False, (), "suspended"),
        Door("kolm", False, (), "not-named"),
        Door("relief", True, ("relief/analyst", "relief/delegate"), "named-role"),
        Door("sarib", True, ("sarib", "sarib/analyst"), "named"),
        Door("still", False, (), "not-named"),
        Door("trade", False, (), "not-named"),
    ]


def test_all_see_what_is_public() -> None:
    doors = preview(WORLD, Addressed(("public",), None))
    assert [door.organisation for door in doors] == sorted(WORLD.organisations)
    assert {door[1:] for door in doors} == {(True, ("public",), "public")}
