"""Laws of release, over charters, audiences, markings and readers of every kind.

The rules are written here a second time, from the table in `docs/formats.md` and not from the source.
"""

from itertools import chain, combinations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mithaq.errors import MithaqError, Refused
from mithaq.model import (
    PUBLIC,
    ROLES,
    TLP_BY_MARKING,
    Reader,
    Release,
    Tlp,
    VerifiedCharter,
    decode_audience,
    decode_record,
    seal_record,
)
from mithaq.release import Addressed, marking_of, may_read, preview, resolve_audience, verify_audience
from tests.properties.alliance import INSTANT, believed, charter, organisation

IDS = ("dara", "dara-x", "kolm", "lihan", "relief", "sarib", "trade")
KNOWN = {(name, state): organisation(name, state=state) for name in IDS for state in ("active", "suspended", "frozen")}
SORTED_ROLES = sorted(ROLES)
ROLE_SETS = [frozenset(each) for each in chain.from_iterable(combinations(SORTED_ROLES, n) for n in range(7))]
NAMES = st.sampled_from([*IDS, "nobody", "own", "all", "team", "mixed", PUBLIC, ""])
ENTRIES = NAMES | st.builds("{}/{}".format, NAMES, st.sampled_from([*SORTED_ROLES, "cook", ""]))


@st.composite
def worlds(draw: st.DrawFn) -> VerifiedCharter:
    """Charters with up to seven organisations, in any state, two groups and some of the roles."""
    ids = draw(st.lists(st.sampled_from(IDS), min_size=2, unique=True))
    count = draw(st.integers(1, len(ids)))
    states = [draw(st.sampled_from(["active", "active", "suspended", "frozen"])) for _ in ids]
    states[0] = "active"
    organisations = [KNOWN[each] for each in zip(ids, states, strict=True)]
    chosen = st.lists(st.sampled_from(ids), min_size=1, unique=True).map(tuple)
    return believed(
        charter(
            organisations[:count],
            version=2,
            previous="ab" * 32,
            partners=tuple(organisations[count:]),
            groups={"team": draw(chosen), "mixed": draw(chosen)},
            roles=tuple(draw(st.sets(st.sampled_from(SORTED_ROLES), min_size=2))),
        )
    )


def allowed(world: VerifiedCharter, author: str, addressed: Addressed, tlp: Tlp) -> bool:
    """What the table of markings allows, as one condition."""
    audience, group = addressed
    parts = [entry.split("/") for entry in audience]
    names = {part[0] for part in parts}
    members = {each.id for each in world.charter.members}
    partners = {each.id for each in world.charter.partners}
    groups = {name: set(ids) for name, ids in world.charter.groups.items()}
    groups["own"] = {author}
    groups["all"] = {each.id for each in world.charter.members if each.state == "active"}
    label_is_true = group is None or (group in groups and set(audience) == groups[group] | {author})
    if PUBLIC in audience:
        return audience == (PUBLIC,) and tlp is Tlp.CLEAR and label_is_true
    return (
        names <= members | partners
        and all(part[1:] == [] or (len(part) == 2 and part[1] in world.charter.roles) for part in parts)
        and author in names
        and label_is_true
        and not (tlp is Tlp.RED and any(len(part) == 1 for part in parts))
        and not (tlp in (Tlp.AMBER_STRICT, Tlp.RED) and names & partners)
        and not (tlp in (Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.RED) and group == "all")
    )


@given(worlds(), st.data())
def test_an_audience_is_accepted_if_and_only_if_the_table_allows_it(
    world: VerifiedCharter, data: st.DataObject
) -> None:
    author = data.draw(st.sampled_from(sorted(world.organisations)))
    likely = st.sampled_from(sorted(world.organisations))
    likely = likely | st.builds("{}/{}".format, likely, st.sampled_from(sorted(world.charter.roles)))
    audience = data.draw(st.sets(likely | ENTRIES if data.draw(st.booleans()) else likely, max_size=5))
    if data.draw(st.booleans()):
        audience.add(data.draw(st.sampled_from([author, f"{author}/{min(world.charter.roles)}"])))
    group = data.draw(st.sampled_from([None, None, "own", "all", "team", "mixed", "nobody", author]))
    if group and data.draw(st.booleans()):
        audience = {author, *(world.group(group, author) or ())}
    addressed = Addressed(tuple(sorted(audience)), group)
    tlp = data.draw(st.sampled_from(Tlp))
    try:
        verify_audience(world, author, addressed, tlp)
    except Refused:
        assert not allowed(world, author, addressed, tlp)
    else:
        assert allowed(world, author, addressed, tlp)
        # What is allowed is well formed, so that a record can state it.
        assert decode_audience(addressed.audience) == addressed.audience


def readers_of(organisation: str) -> list[Reader]:
    """Every reader that the organisation can have."""
    return [Reader(organisation, roles) for roles in ROLE_SETS]


def wishes(world: VerifiedCharter) -> st.SearchStrategy[list[str]]:
    """What an author may write behind `--to`, mostly of names that the charter knows."""
    names = st.sampled_from([*world.organisations, "own", "team", "mixed"])
    likely = names | st.builds("{}/{}".format, names, st.sampled_from(sorted(world.charter.roles)))
    return st.lists(likely, min_size=1, max_size=3) | st.lists(ENTRIES, max_size=3) | st.just([PUBLIC])


@given(worlds(), st.sampled_from(Tlp), st.sampled_from(ROLE_SETS), st.booleans(), st.data())
def test_what_is_resolved_is_accepted_and_contains_the_author(
    world: VerifiedCharter, tlp: Tlp, roles: frozenset[str], confirmed: bool, data: st.DataObject
) -> None:
    author = data.draw(st.sampled_from(sorted(world.organisations)))
    wanted = data.draw(wishes(world))
    try:
        addressed = resolve_audience(world, author, wanted, tlp, author_roles=roles, public_confirmed=confirmed)
    except Refused:
        return
    verify_audience(world, author, addressed, tlp)
    assert allowed(world, author, addressed, tlp)
    if addressed.audience == (PUBLIC,):
        assert confirmed
        assert tlp is Tlp.CLEAR
    else:
        own = {entry for entry in addressed.audience if entry.partition("/")[0] == author}
        assert own
        # Nobody is in it whom the author did not name, but the author.
        reached = {author}
        for name in {word.partition("/")[0] for word in wanted}:
            reached |= {name} if name in world.organisations else set(world.group(name, author) or ())
        assert {entry.partition("/")[0] for entry in addressed.audience} <= reached
    # It stands in a record as it is.
    release = Release(
        alliance=world.alliance, log=world.origin(author), author=author, audience=addressed.audience,
        charter=world.digest, released=INSTANT, nonce="0" * 32,
    )  # fmt: skip
    assert decode_record(seal_record(b"{}", release).body).release.audience == addressed.audience


@given(worlds(), st.data())
def test_a_stricter_marking_never_reaches_somebody_more(world: VerifiedCharter, data: st.DataObject) -> None:
    author = data.draw(st.sampled_from(sorted(world.organisations)))
    wanted = data.draw(wishes(world))
    # Who releases as administrator alone stands in under RED, by that role, and not in the whole organisation.
    roles = data.draw(st.sampled_from([each for each in ROLE_SETS if "administrator" not in each]))
    readers = [Reader(), *(reader for each in world.organisations for reader in readers_of(each))]
    before: set[Reader] | None = None
    for tlp in reversed(Tlp):
        try:
            audience = resolve_audience(world, author, wanted, tlp, author_roles=roles, public_confirmed=True).audience
        except Refused:
            continue
        reached = {reader for reader in readers if may_read(reader, audience).allowed}
        assert before is None or before <= reached
        before = reached


def audiences(world: VerifiedCharter) -> st.SearchStrategy[tuple[str, ...]]:
    """Well formed audiences of names that the charter knows."""
    organisations = st.sampled_from(sorted(world.organisations))
    entries = organisations | st.builds("{}/{}".format, organisations, st.sampled_from(SORTED_ROLES))
    some = st.sets(entries, min_size=1, max_size=6).map(lambda each: tuple(sorted(each)))
    return st.just((PUBLIC,)) | some


@given(
    st.sampled_from(["", *IDS]),
    st.sampled_from(ROLE_SETS),
    st.just((PUBLIC,)) | st.sets(ENTRIES, min_size=1, max_size=8).map(lambda each: tuple(sorted(each))),
)
def test_one_may_read_what_is_addressed_to_an_entry_in_which_one_stands(
    name: str, roles: frozenset[str], audience: tuple[str, ...]
) -> None:
    reader = Reader(name, roles if name else frozenset())
    verdict = may_read(reader, audience)
    assert verdict.allowed is bool(set(reader.entries()) & set(audience))
    if verdict.allowed:
        assert verdict.door in reader.entries()
        assert verdict.door in audience
        assert verdict.reason in ("public", "named", "named-role")
    else:
        assert verdict.door == ""
        assert verdict.reason in ("not-named", "role-not-named", "administrator")
        assert (verdict.reason == "not-named") is not any(entry.partition("/")[0] == name for entry in audience if name)


@given(worlds(), st.data())
def test_the_preview_says_whether_somebody_there_may_read_it(world: VerifiedCharter, data: st.DataObject) -> None:
    audience = data.draw(audiences(world))
    doors = preview(world, Addressed(audience, None))
    assert [door.organisation for door in doors] == sorted(world.organisations)
    for door in doors:
        readers = readers_of(door.organisation)
        opened = {verdict.door for reader in readers if (verdict := may_read(reader, audience)).allowed}
        active = world.organisations[door.organisation].state == "active"
        assert door.sees is (bool(opened) and (active or audience == (PUBLIC,)))
        if door.sees:
            # A door that nobody uses because another one is wider is still one.
            assert opened <= set(door.doors) <= set(audience)
            assert all(any(entry in reader.entries() for reader in readers) for entry in door.doors)
        else:
            assert door.doors == ()
            assert door.reason == ("not-named" if not opened else world.organisations[door.organisation].state)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=5) | st.sampled_from(sorted(TLP_BY_MARKING)),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.sampled_from(["marking_ref", "x"]), each, max_size=2),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional={"object_marking_refs": JSON, "granular_markings": JSON}))
def test_markings_of_any_form_are_read_or_refused(value: dict[str, Any]) -> None:
    try:
        whole, reach = marking_of(value, {})
    except MithaqError as error:
        assert error.code == "marking-unknown"  # noqa: PT017
    else:
        assert reach >= whole
        known = [TLP_BY_MARKING[ref] for ref in value.get("object_marking_refs", [])]
        assert whole == (max(known) if known else Tlp.GREEN)


REFS = st.lists(st.sampled_from(sorted(TLP_BY_MARKING)), max_size=4)


@given(REFS, REFS)
def test_one_marking_more_is_never_laxer(refs: list[str], more: list[str]) -> None:
    before, _ = marking_of({"object_marking_refs": refs}, {})
    after, reach = marking_of(
        {"object_marking_refs": refs + more, "granular_markings": [{"marking_ref": ref} for ref in more]}, {}
    )
    assert after >= before or not refs
    assert reach == max([after, *(TLP_BY_MARKING[ref] for ref in more)])
