"""Charters: their form, the rules that they may not contradict, and who must have signed which version."""

import re
from hashlib import sha256
from typing import Any

import msgspec
import pytest

from mithaq.errors import Malformed
from mithaq.model import (
    ROLES,
    Alliance,
    Charter,
    Keys,
    Names,
    decode_charter,
    encode_charter,
)
from mithaq.model.charter import (
    MAX_CHARTER_BYTES,
    MAX_ORGANISATIONS,
    Rotation,
    charter_signer_name,
    log_origin,
    witness_name,
)
from mithaq.tlog import SignatureType, VerifierKey
from tests.properties.alliance import NAMES, believed, charter, keys, organisation

ONE = charter(["dara"])
FULL = charter(
    ["dara", "sarib", "kolm", organisation("lihan", keys=keys("lihan", mldsa44=True), generation=3)],
    partners=(organisation("relief"),),
    groups={"team": ("sarib", "relief"), "north": ("dara",)},
    roles=("analyst", "delegate"),
    rotation=Rotation(("sarib", "dara"), 12, "Asia/Almaty"),
    profiles={"silence": {"min": 72, "unit": "elapsed", "breaks_on": ["objection"], "x": {"a": [1, {"b": True}, []]}}},
    quotas={"entries": 100_000},
)


def place_of(text: bytes | Charter) -> str:
    """Where the charter is malformed."""
    with pytest.raises(Malformed) as caught:
        _ = encode_charter(text) if isinstance(text, Charter) else decode_charter(text)
    assert caught.value.code == "charter-malformed"
    return caught.value.place


def replaced(one: Any, **changes: Any) -> Any:
    """A struct with changes."""
    return msgspec.structs.replace(one, **changes)


def member(**changes: Any) -> Charter:
    """The one-member charter with changes to its member."""
    changed: Charter = replaced(ONE, members=(replaced(ONE.members[0], **changes),))
    return changed


# Form


@pytest.mark.parametrize("of", [ONE, FULL, replaced(FULL, version=2, previous="ab" * 32)])
def test_a_charter_is_written_and_read(of: Charter) -> None:
    text = encode_charter(of)
    assert decode_charter(text) == of
    assert encode_charter(decode_charter(text)) == text
    assert text.endswith(b"\n")
    assert not text.startswith(b"\n")


def test_what_is_absent_is_not_written() -> None:
    text = encode_charter(ONE).decode()
    for name in ("previous", "partners", "groups", "roles", "rotation", "profiles", "quotas", "state", "generation"):
        assert name not in text
    assert "witness_mldsa44" not in text
    assert decode_charter(text.encode()).roles == tuple(sorted(ROLES))


def test_names_with_any_letters_come_back() -> None:
    names = Names(ar='"ميثاق"\\', ru="Союз «Ы»", en="a\u200eb 'x' \U0001f600 # = []")
    # A text of many dots is no key of many parts.
    dots = {"x": ".".join(["a"] * 100), "y": [0.5] * 40, "z": "'" + "a." * 40}
    of = replaced(ONE, profiles={"p": dots})
    assert decode_charter(encode_charter(of)) == of
    commented = b"# " + b"a." * 40 + b"\n" + encode_charter(of) + b"\n[profiles.q]\nt = '''" + b"a." * 40 + b"'''\n"
    assert decode_charter(commented).profiles["q"] == {"t": "a." * 40}
    of = replaced(ONE, organisation=Alliance(names), profiles={"p": {"a.b c": "\x00\x1f\x7f\n\u2028\u202e", "": ""}})
    assert decode_charter(encode_charter(of)) == of


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"version = 1",
        b"version\n",
        b"\xef\xbb\xbfversion = 1\n",
        b'x = "\xff"\n',
        b'x = "\\ud800"\n',
        b"version = 1\nversion = 1\n",
        b"x = " + b"[" * 5000 + b"]" * 5000 + b"\n",
        b"version = " + b"1" * 5000 + b"\n",
        b"x = 2026-02-30\n",
        b"x" * MAX_CHARTER_BYTES + b"\n",
        b"a." * 300_000 + b"a = 1\n",
        b'x = { "a" . "\\"" .' + b" 'b' ." * 300_000 + b" a = 1 }\n",
        b"[" + b"a." * 300_000 + b"a]\n",
        b'x = {y = """a"""", ' + b"a." * 300_000 + b"a = 1}\n",
        b"x = {y = '''a'''', " + b"a." * 300_000 + b"a = 1}\n",
        b"x = {y = 'a', " + b"a\t.\t" * 100_000 + b"a = 1}\n",
        b'x = "' + b'\\"' * 300_000 + b"\n",
        b'x = """' + b'\\"' * 300_000 + b"\n",
        b'"\\' * 300_000 + b"\n",
    ],
)
def test_what_is_no_text_of_a_charter(text: bytes) -> None:
    assert place_of(text) == "charter"


def test_unknown_names_are_refused_wherever_they_stand() -> None:
    text = encode_charter(FULL).decode()

    def with_line(before: str) -> str:
        assert before in text
        return place_of(text.replace(before, f"{before}\nunheard = 1", 1).encode())

    assert place_of(f"unheard = 1\n{text}".encode()) == "$.unheard"
    assert with_line("[organisation]") == "$.organisation.unheard"
    assert with_line("[organisation.names]") == "$.organisation.names.unheard"
    assert with_line("[rotation]") == "$.rotation.unheard"
    assert with_line("[[members]]") == "$.members[0].unheard"
    assert with_line("[members.names]") == "$.members[0].names.unheard"
    assert with_line("[members.keys]") == "$.members[0].keys.unheard"
    assert with_line("[[partners]]") == "$.partners[0].unheard"
    # A name that could be anything is not repeated.
    assert place_of(f'"x` - at `$.\\u001b[2J`" = 1\n{text}'.encode()) == "$.x"
    assert place_of(f'"\\u001b[2J" = 1\n{text}'.encode()) == "$"


@pytest.mark.parametrize("missing", ["version", "instant", "threshold", "organisation", "members"])
def test_what_a_charter_must_say(missing: str) -> None:
    text = encode_charter(ONE).decode()
    blocks = [block for block in text.split("\n\n") if not block.lstrip("[").startswith(missing)]
    lines = [line for line in "\n\n".join(blocks).split("\n") if not line.startswith(f"{missing} = ")]
    assert place_of("\n".join([*lines, ""]).encode()) == f"$.{missing}"
    for name in ("id", "identity", "domain", "node"):
        assert place_of(re.sub(rf"(?m)^{name} = .*\n", "", text).encode()) == f"$.members[0].{name}"
    for name in ("charter", "log", "witness", "http", "seal"):
        assert place_of(re.sub(rf"(?m)^{name} = .*\n", "", text).encode()) == f"$.members[0].keys.{name}"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("version = 1", "version = 1.5", "$.version"),
        ("version = 1", 'version = "1"', "$.version"),
        ("version = 1", "version = true", "$.version"),
        ("threshold = 1", "threshold = []", "$.threshold"),
        ('instant = "2026-11-24T05:00:00.000000Z"', "instant = 2026-11-24T05:00:00.000000Z", "$.instant"),
        ('id = "dara"', "id = 7", "$.members[0].id"),
        ('id = "dara"', 'id = "dara"\nstate = "sleeping"', "$.members[0].state"),
        ('log = "', 'log = "!', "$.members[0].keys.log"),
        ('log = "', 'log = " ', "$.members[0].keys.log"),
    ],
)
def test_each_value_has_its_type(old: str, new: str, place: str) -> None:
    text = encode_charter(ONE).decode()
    assert text.count(old) == 1
    assert place_of(text.replace(old, new).encode()) == place


# Contradictions


@pytest.mark.parametrize(
    ("of", "place"),
    [
        (replaced(ONE, version=0), "$.version"),
        (replaced(ONE, version=-1), "$.version"),
        (replaced(ONE, version=2**53, previous="ab" * 32), "$.version"),
        (replaced(ONE, version=2), "$.previous"),
        (replaced(ONE, previous="ab" * 32), "$.previous"),
        (replaced(ONE, version=2, previous="AB" * 32), "$.previous"),
        (replaced(ONE, version=2, previous="ab" * 31), "$.previous"),
        (replaced(ONE, members=()), "$.members"),
        (replaced(ONE, organisation=Alliance(replaced(NAMES, ar=""))), "$.organisation.names.ar"),
        (member(id="own"), "$.members[0].id"),
        (member(id="all"), "$.members[0].id"),
        (member(id="public"), "$.members[0].id"),
        (member(id="x"), "$.members[0].id"),
        (member(identity="identity--1"), "$.members[0].identity"),
        (member(identity="identity--0F000000-0000-4000-8000-000000000000"), "$.members[0].identity"),
        (member(domain=""), "$.members[0].domain"),
        (member(domain="Dara.example"), "$.members[0].domain"),
        (member(domain="dara..example"), "$.members[0].domain"),
        (member(domain="dara.example."), "$.members[0].domain"),
        (member(domain="-dara.example"), "$.members[0].domain"),
        (member(domain="dara.example/x"), "$.members[0].domain"),
        (member(domain="dara.example\n"), "$.members[0].domain"),
        (member(domain="dara.example:123456"), "$.members[0].domain"),
        (member(domain="a" * 64), "$.members[0].domain"),
        (member(domain=".".join(["a" * 20] * 10)), "$.members[0].domain"),
        (member(node=""), "$.members[0].node"),
        (member(node="dara.example"), "$.members[0].node"),
        (member(node="ftp://dara.example"), "$.members[0].node"),
        (member(node="https://"), "$.members[0].node"),
        (member(node="https://dara.example/ x"), "$.members[0].node"),
        (member(node="https://dara.example/\x1b"), "$.members[0].node"),
        (member(node="https://dara.example/" + "x" * 2000), "$.members[0].node"),
        (member(names=replaced(NAMES, ru=" ")), "$.members[0].names.ru"),
        (member(names=replaced(NAMES, en="x" * 301)), "$.members[0].names.en"),
        (member(names=replaced(NAMES, en="x\ny")), "$.members[0].names.en"),
        (member(names=replaced(NAMES, en="\x1b[2J")), "$.members[0].names.en"),
        (member(names=replaced(NAMES, ar="x\u202ey")), "$.members[0].names.ar"),
        (member(names=replaced(NAMES, ar="x\u2067y")), "$.members[0].names.ar"),
        (member(generation=0), "$.members[0].generation"),
        (member(generation=1_000_000_000), "$.members[0].generation"),
        (member(state="suspended"), "$.threshold"),
        (charter([organisation("dara"), organisation("sarib", state="frozen")]), "$.members[1].state"),
        (charter(["dara", "dara"]), "$.members[1].id"),
        (charter(["dara"], partners=(organisation("dara", identity=organisation("x1").identity),)), "$.partners[0].id"),
        (charter(["dara", organisation("sarib", identity=organisation("dara").identity)]), "$.members[1].identity"),
        (charter(["dara"], partners=(organisation("relief", keys=keys("dara")),)), "$.partners[0].keys.charter"),
        (replaced(ONE, groups={"own": ("dara",)}), "$.groups.own"),
        (replaced(ONE, groups={"all": ("dara",)}), "$.groups.all"),
        (replaced(ONE, groups={"public": ("dara",)}), "$.groups.public"),
        (replaced(ONE, groups={"dara": ("dara",)}), "$.groups.dara"),
        (replaced(ONE, groups={"team": ()}), "$.groups.team"),
        (replaced(ONE, groups={"team": ("sarib",)}), "$.groups.team"),
        (replaced(ONE, groups={"team": ("dara", "dara")}), "$.groups.team"),
        (replaced(ONE, groups={"\x1b[2J": ("dara",)}), "$.groups[...]"),
        (replaced(ONE, roles=("cook",)), "$.roles"),
        (replaced(ONE, roles=("analyst", "analyst")), "$.roles"),
        (replaced(ONE, rotation=Rotation((), 12, "UTC")), "$.rotation.order"),
        (replaced(ONE, rotation=Rotation(("sarib",), 12, "UTC")), "$.rotation.order"),
        (replaced(ONE, rotation=Rotation(("dara", "dara"), 12, "UTC")), "$.rotation.order"),
        (replaced(ONE, rotation=Rotation(("dara",), 0, "UTC")), "$.rotation.months"),
        (replaced(ONE, rotation=Rotation(("dara",), 121, "UTC")), "$.rotation.months"),
        (replaced(ONE, rotation=Rotation(("dara",), 12, "../../secret")), "$.rotation.zone"),
        (replaced(ONE, rotation=Rotation(("dara",), 12, "")), "$.rotation.zone"),
        (replaced(ONE, quotas={"entries": -1}), "$.quotas.entries"),
        (replaced(ONE, quotas={"entries": 2**53}), "$.quotas.entries"),
        (replaced(ONE, profiles={"p": {"x": 2**53}}), "$.profiles.p.x"),
    ],
)
def test_a_charter_does_not_contradict_itself(of: Charter, place: str) -> None:
    assert place_of(of) == place


def test_the_longest_names_of_logs_and_witnesses_can_be_cosigned() -> None:
    """An ML-DSA-44 cosignature covers 255 bytes of origin and of cosigner's name (C2SP tlog-cosignature)."""
    domain = ".".join(["a" * 20] * 9)
    verified = believed(member(id="d" * 32, domain=domain, generation=999_999_999))
    assert len(verified.origin("d" * 32)) == 255
    assert len(witness_name(domain, verified.alliance, "d" * 32)) <= 255


@pytest.mark.parametrize("purpose", Keys.__struct_fields__)
@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_keys_have_their_lengths(purpose: str, length: int) -> None:
    of = member(keys=replaced(ONE.members[0].keys, **{purpose: b"\7" * length}))
    if purpose == "witness_mldsa44" and not length:
        assert decode_charter(encode_charter(of)) == ONE
    else:
        assert place_of(of) == f"$.members[0].keys.{purpose}"


@pytest.mark.parametrize("purpose", ["log", "witness", "http", "seal"])
def test_keys_are_distinct(purpose: str) -> None:
    one, other = keys("dara"), keys("sarib")
    assert place_of(member(keys=replaced(one, **{purpose: one.charter}))) == f"$.members[0].keys.{purpose}"
    of = charter(["dara", organisation("sarib", keys=replaced(other, **{purpose: one.charter}))])
    assert place_of(of) == f"$.members[1].keys.{purpose}"


FIELD = 2**255 - 19
D = -121665 * pow(121666, -1, FIELD) % FIELD


def point_add(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Addition on edwards25519 (RFC 8032 section 5.1), affine."""
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2 % FIELD
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, FIELD) % FIELD
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, FIELD) % FIELD
    return x, y


def points_of_small_order() -> set[tuple[int, int]]:
    """All points whose order divides 8: any point, times the order of the base point, is one of them."""
    order = 2**252 + 27742317777372353535851937790883648493
    found = set()
    for y in range(2, 60):
        square = (y * y - 1) * pow(D * y * y + 1, -1, FIELD) % FIELD
        x = pow(square, (FIELD + 3) // 8, FIELD)
        if x * x % FIELD != square:
            x = x * pow(2, (FIELD - 1) // 4, FIELD) % FIELD
        if x * x % FIELD != square:
            continue
        result, power, rest = (0, 1), (x, y), order
        while rest:
            if rest & 1:
                result = point_add(result, power)
            power, rest = point_add(power, power), rest >> 1
        found.add(result)
    return found


def test_no_key_is_one_with_which_everybody_signs() -> None:
    points = points_of_small_order()
    assert len(points) == 8
    keys_of_points = {(y | sign << 255).to_bytes(32, "little") for _, y in points for sign in (0, 1)}
    other_spellings = {(y + FIELD | sign << 255).to_bytes(32, "little") for y in (0, 1) for sign in (0, 1)}
    for number, key in enumerate(sorted(keys_of_points | other_spellings)):
        purpose = ("charter", "log", "witness", "http")[number % 4]
        assert place_of(member(keys=replaced(ONE.members[0].keys, **{purpose: key}))) == f"$.members[0].keys.{purpose}"


def test_there_are_not_too_many_organisations() -> None:
    partners = tuple(organisation(f"p{number:04d}") for number in range(MAX_ORGANISATIONS))
    # All these fit into no charter's bytes, so that the count is tried on the struct.
    text = encode_charter(replaced(ONE, partners=partners[:300]))
    assert len(decode_charter(text).partners) == 300
    with pytest.raises(Malformed):
        encode_charter(replaced(ONE, partners=partners))


@pytest.mark.parametrize("active", range(1, 9))
def test_thresholds(active: int) -> None:
    names = [f"m{number}" for number in range(active)]
    others = [organisation("idle", state="suspended"), organisation("still", state="frozen")]
    for threshold in range(-1, active + 4):
        allowed = threshold == active if active < 3 else active / 2 < threshold <= active - 1
        of = charter([*names, *others], threshold=threshold, version=2, previous="ab" * 32)
        if allowed:
            assert decode_charter(encode_charter(of)) == of
        else:
            assert place_of(of) == "$.threshold"


@pytest.mark.parametrize(
    ("profile", "place"),
    [
        ("a = 2026-01-01", ".a"),
        ("a = 2026-01-01T00:00:00Z", ".a"),
        ("a = 10:00:00", ".a"),
        ("a = inf", ".a"),
        ("a = nan", ".a"),
        ("a = [0, [1, -inf]]", ".a[1][1]"),
        ("a = {b = {c = 9007199254740992}}", ".a.b.c"),
        ("a = 0x" + "f" * 6000, ".a"),
        ('"\\u001b" = nan', "[...]"),
        ("a = [[[[[[[[[[]]]]]]]]]]", ".a" + "[0]" * 7),
    ],
)
def test_a_profile_says_what_all_read_alike(profile: str, place: str) -> None:
    text = encode_charter(ONE) + f"\n[profiles.rule]\n{profile}\n".encode()
    assert place_of(text) == f"$.profiles.rule{place}"


def test_an_instant_is_ours() -> None:
    for instant in ("", "2026-11-24T05:00:00Z", "2026-02-30T05:00:00.000000Z"):
        with pytest.raises(Malformed) as caught:
            encode_charter(replaced(ONE, instant=instant))
        assert (caught.value.code, caught.value.place) == ("time-malformed", "$.instant")


# What a charter answers


def test_the_names_of_logs_witnesses_and_signers() -> None:
    verified = believed(FULL)
    digest = sha256(encode_charter(FULL)).hexdigest()
    assert verified.alliance == verified.digest == digest
    assert verified.origin("lihan") == f"lihan.example/mithaq/{digest[:16]}/lihan/3"
    assert verified.origin("relief") == log_origin("relief.example", digest, "relief", 1)
    assert verified.log_key("dara") == VerifierKey(
        f"dara.example/mithaq/{digest[:16]}/dara/1", SignatureType.ED25519, FULL.members[0].keys.log
    )
    name = witness_name("lihan.example", digest, "lihan")
    assert name == f"lihan.example/mithaq/{digest[:16]}/lihan/witness"
    lihan = FULL.members[3].keys
    assert verified.witness_keys("lihan") == (
        VerifierKey(name, SignatureType.COSIGNATURE_ED25519, lihan.witness),
        VerifierKey(name, SignatureType.COSIGNATURE_MLDSA44, lihan.witness_mldsa44),
    )
    assert [key.type for key in verified.witness_keys("dara")] == [SignatureType.COSIGNATURE_ED25519]
    assert charter_signer_name("dara.example", "dara") == "dara.example/mithaq/charter/dara"
    with pytest.raises(KeyError):
        verified.origin("nobody")


def test_organisations_groups_and_identities() -> None:
    members = [organisation("sarib"), organisation("dara"), organisation("idle", state="suspended")]
    partner = organisation("relief")
    groups = {"team": ("relief", "dara", "idle")}
    verified = believed(charter(members, version=2, previous="ab" * 32, partners=(partner,), groups=groups))
    assert list(verified.organisations) == ["sarib", "dara", "idle", "relief"]
    assert verified.partners == {"relief"}
    assert verified.active_members == ("dara", "sarib")
    assert verified.identities == {each.identity: each.id for each in (*members, partner)}
    assert verified.group("own", "relief") == ("relief",)
    assert verified.group("all", "relief") == ("dara", "sarib")
    assert verified.group("team", "sarib") == ("dara", "idle", "relief")
    assert verified.group("dara", "sarib") is None


@pytest.mark.parametrize(("active", "quorum"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4)])
def test_witness_quorum(active: int, quorum: int) -> None:
    names = [f"m{number}" for number in range(active)]
    idle = organisation("idle", state="suspended")
    verified = believed(charter([*names, idle], version=2, previous="ab" * 32, partners=(organisation("relief"),)))
    assert verified.witness_quorum("m0") == (tuple(names[1:]), quorum)
    # A log of a partner, or of a member that is not active, has all active members as others.
    assert verified.witness_quorum("relief") == (tuple(names), active // 2 + 1)
    assert verified.witness_quorum("idle") == (tuple(names), active // 2 + 1)
