"""Audiences, roles, readers, grants: what is well formed, and in which entries a reader stands."""

from datetime import UTC, datetime, timedelta

import pytest

from mithaq.errors import Malformed
from mithaq.model import MAX_AUDIENCE, PUBLIC, ROLES, Grant, Reader, decode_audience, is_id

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_the_roles_are_those_of_the_specification() -> None:
    assert {"duty-officer", "analyst", "delegate", "secretariat", "auditor", "administrator"} == ROLES


@pytest.mark.parametrize("text", ["ab", "dara", "a" * 32, "0-", "--", "own", "all"])
def test_ids(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a" * 33, "Dara", "da ra", "da/ra", "da_ra", "dara\n", "dárá", "dаra", "٠٠", "public", None, 7, b"ab"],
)
def test_no_ids(text: object) -> None:
    assert not is_id(text)


@pytest.mark.parametrize(
    "entries",
    [
        ["public"],
        ["dara"],
        ["dara", "sarib"],
        ["dara", "dara/analyst", "dara/duty-officer", "sarib/administrator"],
        ["dara-x/analyst", "dara/analyst"],  # the hyphen sorts before the slash
        [f"m{number:04d}" for number in range(MAX_AUDIENCE)],
    ],
)
def test_well_formed_audiences(entries: list[str]) -> None:
    assert decode_audience(entries) == tuple(entries)


@pytest.mark.parametrize(
    "entries",
    [
        [],
        ["sarib", "dara"],
        ["dara", "dara"],
        ["dara", "public"],
        ["public", "sarib"],
        ["public", "public"],
        ["public/analyst"],
        ["dara/"],
        ["/analyst"],
        ["dara/cook"],
        ["dara/analyst/analyst"],
        ["dara/Analyst"],
        ["dara "],
        ["*"],
        [""],
        ["dara", None],
        ["dara", 7],
        [["dara"]],
        [f"m{number:04d}" for number in range(MAX_AUDIENCE + 1)],
    ],
)
def test_malformed_audiences(entries: list[object]) -> None:
    with pytest.raises(Malformed) as caught:
        decode_audience(entries, "$.release.audience")
    assert (caught.value.code, caught.value.place) == ("audience-malformed", "$.release.audience")


@pytest.mark.parametrize(
    ("roles", "entries"),
    [
        (set(), ("dara", "public")),
        ({"analyst"}, ("dara", "dara/analyst", "public")),
        ({"administrator"}, ("dara/administrator", "public")),
        ({"administrator", "auditor"}, ("dara", "dara/administrator", "dara/auditor", "public")),
    ],
)
def test_a_reader_stands_in_its_organisation_and_roles(roles: set[str], entries: tuple[str, ...]) -> None:
    assert Reader("dara", frozenset(roles)).entries() == entries


def test_without_an_organisation_one_reads_what_is_public() -> None:
    assert Reader().entries() == (PUBLIC,)
    assert Reader("", frozenset({"analyst"})).entries() == (PUBLIC,)


def test_a_grant_holds_for_its_partner_groups_and_time() -> None:
    grant = Grant("partner", frozenset({"team"}), NOON, NOON + timedelta(days=1))
    instant = timedelta(microseconds=1)
    assert grant.holds("partner", "team", NOON)
    assert grant.holds("partner", "team", NOON + timedelta(days=1) - instant)
    assert not grant.holds("partner", "team", NOON - instant)
    assert not grant.holds("partner", "team", NOON + timedelta(days=1))
    assert not grant.holds("partner", "all", NOON)
    assert not grant.holds("partner", None, NOON)
    assert not grant.holds("other", "team", NOON)
