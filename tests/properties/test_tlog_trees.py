"""Laws of the tree: every root and proof up to 300 entries against the RFC's own recursion; no changed bit passes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mithaq.errors import MithaqError, Untrusted
from mithaq.tlog import (
    EMPTY_ROOT,
    Tile,
    append,
    consistency_proof,
    decode_tile_path,
    hash_children,
    hash_leaf,
    hash_leaves,
    inclusion_proof,
    right_edge,
    root_from_right_edge,
    root_hash,
    tile_path,
    tile_reader,
    tiles_for_append,
    tiles_for_consistency,
    tiles_for_inclusion,
    verify_consistency,
    verify_inclusion,
)
from mithaq.tlog.tree import MAX_PROOF_HASHES, consistency_nodes, inclusion_nodes

LARGEST = 300
ENTRIES = [number.to_bytes(32, "big") for number in range(LARGEST)]
LEAF_HASHES = [hash_leaf(entry) for entry in ENTRIES]


# RFC 6962 section 2.1, as it is written: k is the largest power of two smaller than n.


def k_of(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


@cache
def mth(low: int, high: int) -> bytes:
    """MTH(D[low:high])."""
    if high == low:
        return EMPTY_ROOT
    if high - low == 1:
        return LEAF_HASHES[low]
    k = k_of(high - low)
    return hash_children(mth(low, low + k), mth(low + k, high))


@cache
def path(m: int, low: int, high: int) -> tuple[tuple[str, bytes], ...]:
    """PATH(m, D[low:high]); each hash with the side on which it stands."""
    n = high - low
    if n == 1:
        return ()
    k = k_of(n)
    if m < k:
        return (*path(m, low, low + k), ("right", mth(low + k, high)))
    return (*path(m - k, low + k, high), ("left", mth(low, low + k)))


@cache
def subproof(m: int, low: int, high: int, b: bool) -> tuple[tuple[str, bytes], ...]:
    """SUBPROOF(m, D[low:high], b); each hash with the side on which it stands."""
    n = high - low
    if m == n:
        return () if b else (("start", mth(low, high)),)
    k = k_of(n)
    if m <= k:
        return (*subproof(m, low, low + k, b), ("right", mth(low + k, high)))
    return (*subproof(m - k, low + k, high, False), ("left", mth(low, low + k)))


def hashes_of(steps: Sequence[tuple[str, bytes]]) -> list[bytes]:
    return [value for _, value in steps]


def sides_of(steps: Sequence[tuple[str, bytes]]) -> list[str]:
    return [side for side, _ in steps]


@pytest.fixture(scope="module")
def rows() -> dict[tuple[int, int], bytes]:
    """The tiles of the largest tree, grown entry by entry, every root on the way compared with the RFC's."""
    rows: dict[tuple[int, int], bytes] = {}
    for size in range(LARGEST):
        grown = append(size, [ENTRIES[size]], tile_reader(rows))
        assert (grown.size, grown.root) == (size + 1, mth(0, size + 1))
        rows.update({(tile.level, tile.index): data for tile, data in grown.tiles.items()})
    return rows


def test_every_root(rows: dict[tuple[int, int], bytes]) -> None:
    for size in range(LARGEST + 1):
        assert root_hash(b"".join(LEAF_HASHES[:size])) == mth(0, size)
        assert root_from_right_edge(size, tile_reader(rows)) == mth(0, size)


def test_every_inclusion_proof(rows: dict[tuple[int, int], bytes]) -> None:
    read_tile = tile_reader(rows)
    for size in range(1, LARGEST + 1):
        root = mth(0, size)
        for index in range(size):
            proof = inclusion_proof(index, size, read_tile)
            assert proof == hashes_of(path(index, 0, size))
            verify_inclusion(LEAF_HASHES[index], index, size, proof, root)


def test_every_consistency_proof(rows: dict[tuple[int, int], bytes]) -> None:
    read_tile = tile_reader(rows)
    for new in range(LARGEST + 1):
        root = mth(0, new)
        for old in range(new + 1):
            proof = consistency_proof(old, new, read_tile)
            assert proof == (hashes_of(subproof(old, 0, new, True)) if old else [])
            verify_consistency(old, mth(0, old), new, root, proof)


# Changed bits. A value of 32 bytes changes in one of 256 ways; of the numbers 64 bits change.


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(32, "big")


def changed_lists(proof: list[bytes], bits: Iterable[int]) -> Iterator[list[bytes]]:
    """The proof with one of these bits changed in one of its hashes; each bit in each hash once."""
    for bit in bits:
        for at, value in enumerate(proof):
            yield [*proof[:at], flipped(value, bit), *proof[at + 1 :]]


def refuses(verify: Callable[..., None], *arguments: object) -> bool:
    try:
        verify(*arguments)
    except Untrusted as error:
        return error.code in {"proof-inclusion", "proof-consistency"}
    return False


def sides_of_path(m: int, n: int) -> list[str]:
    if n == 1:
        return []
    k = k_of(n)
    return [*sides_of_path(m, k), "right"] if m < k else [*sides_of_path(m - k, n - k), "left"]


def sides_of_subproof(m: int, n: int, b: bool) -> list[str]:
    if m == n:
        return [] if b else ["start"]
    k = k_of(n)
    return [*sides_of_subproof(m, k, b), "right"] if m <= k else [*sides_of_subproof(m - k, n - k, False), "left"]


def accepted_changes_of_inclusion(index: int, size: int, bits: Sequence[int]) -> list[object]:
    """What `verify_inclusion` takes of a proof with one of these bits changed in any of its arguments: nothing.

    But for one thing: a root hash does not fix the size (the signature over both does), so a size that gives the leaf
    the very same path can't be told apart. Beyond 600 there is no such size: its paths are longer.
    """
    steps = path(index, 0, size)
    leaf, proof, root = LEAF_HASHES[index], hashes_of(steps), mth(0, size)
    verify_inclusion(leaf, index, size, proof, root)
    found: list[object] = []
    for bit in bits:
        if not refuses(verify_inclusion, flipped(leaf, bit), index, size, proof, root):
            found.append(("leaf", bit))
        if not refuses(verify_inclusion, leaf, index, size, proof, flipped(root, bit)):
            found.append(("root", bit))
    found += [
        other for other in changed_lists(proof, bits) if not refuses(verify_inclusion, leaf, index, size, other, root)
    ]
    for bit in {bit % 64 for bit in bits}:
        if not refuses(verify_inclusion, leaf, index ^ 1 << bit, size, proof, root):
            found.append(("index", bit))
        other_size = size ^ 1 << bit
        same = index < other_size <= 2 * LARGEST and sides_of(steps) == sides_of_path(index, other_size)
        if refuses(verify_inclusion, leaf, index, other_size, proof, root) is same:
            found.append(("size", bit))
    return found


def accepted_changes_of_consistency(old: int, new: int, bits: Sequence[int]) -> list[object]:
    """The same of `verify_consistency`, where sizes that give the very same steps can't be told apart either."""
    steps = subproof(old, 0, new, True)
    proof, old_root, new_root = hashes_of(steps), mth(0, old), mth(0, new)
    verify_consistency(old, old_root, new, new_root, proof)
    found: list[object] = []
    for bit in bits:
        if not refuses(verify_consistency, old, flipped(old_root, bit), new, new_root, proof):
            found.append(("old root", bit))
        if not refuses(verify_consistency, old, old_root, new, flipped(new_root, bit), proof):
            found.append(("new root", bit))
    found += [
        other
        for other in changed_lists(proof, bits)
        if not refuses(verify_consistency, old, old_root, new, new_root, other)
    ]
    for bit in {bit % 64 for bit in bits}:
        for other_old, other_new in ((old ^ 1 << bit, new), (old, new ^ 1 << bit)):
            same = 0 < other_old < other_new <= 2 * LARGEST and sides_of(steps) == sides_of_subproof(
                other_old, other_new, True
            )
            if refuses(verify_consistency, other_old, old_root, other_new, new_root, proof) is same:
                found.append(("sizes", other_old, other_new))
    return found


EVERY_BIT = range(256)
PAIRS = [(m, n) for n in range(1, LARGEST + 1) for m in range(n)]
# Every shape of a small tree, and around the borders of tiles and powers of two.
SOME_PAIRS = [(m, n) for n in range(1, 18) for m in range(n)] + [
    (m, n) for n in (31, 32, 33, 64, 100, 255, 256, 257, 300) for m in (0, 1, n // 3, n - 2, n - 1)
]


def test_every_pair_refuses_a_changed_bit_in_each_value() -> None:
    """All trees up to 300, all pairs, all values: one bit of each, and in turn every bit."""
    for number, (m, n) in enumerate(PAIRS):
        bit = (number * 101) % 256
        assert accepted_changes_of_inclusion(m, n, [bit]) == [], (m, n)
        assert accepted_changes_of_consistency(m + 1, n, [bit]) == [], (m + 1, n)


@pytest.mark.parametrize(
    "pairs",
    [pytest.param(SOME_PAIRS, id="some")]
    + [pytest.param(PAIRS[part::20], id=f"all-{part}", marks=pytest.mark.torture) for part in range(20)],
)
def test_every_changed_bit_is_refused(pairs: list[tuple[int, int]]) -> None:
    for m, n in pairs:
        assert accepted_changes_of_inclusion(m, n, EVERY_BIT) == [], (m, n)
        assert accepted_changes_of_consistency(m + 1, n, EVERY_BIT) == [], (m + 1, n)


@given(st.integers(1, LARGEST), st.data())
def test_longer_shorter_and_foreign_proofs_are_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = hashes_of(path(index, 0, size))
    others = [[*proof, LEAF_HASHES[0]], [LEAF_HASHES[0], *proof], proof[:-1] if proof else [b""], [*proof, b""]]
    others += [[value[:-1], *proof[1:]] for value in proof[:1]]
    for other in others:
        assert refuses(verify_inclusion, LEAF_HASHES[index], index, size, other, mth(0, size))
    old = data.draw(st.integers(1, size))
    proof = hashes_of(subproof(old, 0, size, True))
    for other in ([*proof, LEAF_HASHES[0]], [LEAF_HASHES[0], *proof], proof[:-1] if proof else [b""]):
        assert refuses(verify_consistency, old, mth(0, old), size, mth(0, size), other)


def test_a_proof_that_leads_on_to_another_root_is_refused() -> None:
    """One hash more, and the root that it leads to: the root of another tree, in which the leaf lies elsewhere."""
    more = LEAF_HASHES[0]
    for index, size in SOME_PAIRS:
        proof, old = hashes_of(path(index, 0, size)), index + 1
        for root in (hash_children(more, mth(0, size)), hash_children(mth(0, size), more)):
            assert refuses(verify_inclusion, LEAF_HASHES[index], index, size, [*proof, more], root)
        steps = hashes_of(subproof(old, 0, size, True))
        old_root, new_root = hash_children(more, mth(0, old)), hash_children(more, mth(0, size))
        assert refuses(verify_consistency, old, old_root, size, new_root, [*steps, more])


def test_the_empty_tree() -> None:
    verify_consistency(0, EMPTY_ROOT, 0, EMPTY_ROOT, [])
    verify_consistency(0, EMPTY_ROOT, 5, mth(0, 5), [])
    root = mth(0, 5)
    for old_size, old_root, new_size, new_root, proof in (
        (0, root, 5, root, []),
        (0, EMPTY_ROOT, 5, root, [root]),
        (0, EMPTY_ROOT, 0, root, []),
        (5, root, 0, EMPTY_ROOT, []),
        (-1, root, 5, root, []),
        (5, root, 5, mth(0, 4), []),
        (5, root, 5, root, [root]),
        (1, root, 2**63, root, [root] * 63),
    ):
        with pytest.raises(Untrusted):
            verify_consistency(old_size, old_root, new_size, new_root, proof)
    for index, size in ((0, 0), (5, 5), (-1, 5), (0, 2**63), (2**63, 2**63)):
        with pytest.raises(Untrusted):
            verify_inclusion(LEAF_HASHES[0], index, size, [], LEAF_HASHES[0])


def test_no_proof_of_what_is_not_there() -> None:
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(ValueError, match="no entry"):
            inclusion_nodes(index, size)
    for old, new in ((6, 5), (-1, 5)):
        with pytest.raises(ValueError, match="no consistency"):
            consistency_nodes(old, new)


sizes = st.one_of(st.integers(0, 3000), st.integers(60_000, 70_000), st.integers(0, 2**63 - 2))


@given(sizes, st.data())
def test_proofs_name_the_tiles_that_they_read(size: int, data: st.DataObject) -> None:
    """At any size: what `tiles_for_…` name is what is read, no more and no less, and is as wide as the tree has it."""
    read: set[Tile] = set()

    def read_tile(level: int, index: int, width: int) -> bytes:
        read.add(Tile(level, index, width))
        return b"\0" * 32 * width

    new = data.draw(st.integers(size, min(2**63 - 1, size + data.draw(st.sampled_from([0, 1, 300, 2**62])))))
    proof = consistency_proof(size, new, read_tile)
    assert read == tiles_for_consistency(size, new)
    # In the very largest trees, the hash that a consistency proof begins with is one more than an inclusion proof has.
    assert len(proof) <= (MAX_PROOF_HASHES if new <= 2**62 else MAX_PROOF_HASHES + 1)
    index = data.draw(st.integers(0, size))
    read.clear()
    proof = inclusion_proof(index, size + 1, read_tile)
    assert read == tiles_for_inclusion(index, size + 1)
    assert len(proof) <= MAX_PROOF_HASHES
    for tile in read:
        there = (size + 1) // 256**tile.level
        assert tile.width == min(256, there - 256 * tile.index) > 0
        assert decode_tile_path(tile_path(tile)) == tile
    read.clear()
    root_from_right_edge(size, read_tile)
    assert read == set(right_edge(size))


@given(st.lists(st.integers(0, 700), max_size=8), st.integers(0, 2**32))
def test_batches_of_any_size_make_the_same_tiles(batches: list[int], first: int) -> None:
    """Reading exactly what `tiles_for_append` names, batch by batch, ends as one batch does."""
    entries = [(first + number).to_bytes(32, "big") for number in range(sum(batches))]
    rows: dict[tuple[int, int], bytes] = {}
    size = 0
    for batch in batches:
        needed = {(tile.level, tile.index): rows[tile.level, tile.index] for tile in tiles_for_append(size)}
        assert root_from_right_edge(size, tile_reader(needed)) == root_hash(hash_leaves(entries[:size]))
        grown = append(size, entries[size : size + batch], tile_reader(needed))
        for tile, data in grown.tiles.items():
            assert len(data) == 32 * tile.width
            assert data.startswith(rows.get((tile.level, tile.index), b""))
            rows[tile.level, tile.index] = data
        size = grown.size
    whole = append(0, entries, tile_reader({}))
    assert rows == {(tile.level, tile.index): data for tile, data in whole.tiles.items()}
    assert whole.root == root_hash(hash_leaves(entries))


def test_a_large_root_is_hashed_in_runs() -> None:
    """Beyond 2^14 leaf hashes the root is computed run by run; it stays the RFC's."""
    count = (1 << 14) + 5
    hashes = [hash_leaf(number.to_bytes(4, "big")) for number in range(2 * count)]
    for size in (1 << 14, (1 << 14) + 1, count, (1 << 15) + 1, 2 * count):
        level = hashes[:size]
        while len(level) > 1:
            pairs = [hash_children(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
            level = pairs + level[len(level) // 2 * 2 :]
        assert root_hash(b"".join(hashes[:size])) == level[0]


@given(st.lists(st.one_of(st.binary(max_size=40), st.just(b"\0" * 32)), max_size=5), st.integers(), st.integers())
def test_verifiers_raise_nothing_but_our_errors(proof: list[bytes], one: int, two: int) -> None:
    zeros = bytes(32)
    checks: list[Callable[[], None]] = [
        lambda: verify_inclusion(zeros, one, two, proof, zeros),
        lambda: verify_consistency(one, zeros, two, zeros, proof),
    ]
    for check in checks:
        try:
            check()
        except MithaqError as error:
            assert error.family == "Untrusted"  # noqa: PT017 - not raising is allowed as well
