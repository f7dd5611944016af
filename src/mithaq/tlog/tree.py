"""The Merkle tree of RFC 6962 section 2.1: hashes, roots, inclusion and consistency proofs.

A tree over n leaf hashes pairs them from the left; a last one without a partner moves up unchanged. That is the same
tree as the RFC's recursive split at the largest power of two below n, and can be hashed level by level.

A *node* (height, index) is the root of the complete subtree over entries [index * 2^height, (index + 1) * 2^height).
Proofs are made from nodes through a `NodeReader`; where nodes come from (tiles, memory) is left to the caller, see
`tlog.tiles`. Hashes are 32 bytes; runs of hashes are one `bytes`, 32 bytes each, as tiles hold them.

>>> leaves = hash_leaves([b"", b"\\x00", b"\\x10"])
>>> root_hash(leaves).hex()
'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77'
>>> proof = [hash_children(leaves[:32], leaves[32:64])]
>>> verify_inclusion(leaves[64:], 2, 3, proof, root_hash(leaves))
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from mithaq.errors import Untrusted

__all__ = [
    "EMPTY_ROOT",
    "HASH_BYTES",
    "MAX_PROOF_HASHES",
    "MAX_TREE_SIZE",
    "Node",
    "NodeReader",
    "consistency_nodes",
    "hash_children",
    "hash_leaf",
    "hash_leaves",
    "hash_parents",
    "inclusion_nodes",
    "prove",
    "root_hash",
    "root_of_node",
    "verify_consistency",
    "verify_inclusion",
]

HASH_BYTES = 32
"""Bytes of one SHA-256 hash."""

EMPTY_ROOT = sha256(b"").digest()
"""The root hash of the tree without entries (RFC 6962 section 2.1)."""

MAX_TREE_SIZE = 2**63 - 1
"""The largest tree size that any of our formats takes: what a signed 64-bit integer holds."""

MAX_PROOF_HASHES = 63
"""No inclusion proof in a tree up to `MAX_TREE_SIZE` has more hashes, no consistency proof in one up to 2^62."""


@dataclass(frozen=True, slots=True)
class Node:
    """The root of a complete subtree: `height` levels above the leaves, `index` from the left at that height."""

    height: int
    index: int


NodeReader = Callable[[Node], bytes]
"""Gives a node's hash, 32 bytes."""


def hash_leaf(entry: bytes) -> bytes:
    """The leaf hash of one entry: SHA-256(0x00 || entry)."""
    return sha256(b"\0" + entry).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\1" + left + right).digest()


def hash_leaves(entries: Iterable[bytes]) -> bytes:
    """The leaf hashes of `entries`, concatenated in order."""
    return b"".join([sha256(b"\0" + entry).digest() for entry in entries])


def hash_parents(hashes: bytes) -> bytes:
    """The next level up: one hash for each pair of `hashes`; a last one without a partner stays as it is."""
    end = len(hashes) // 64 * 64
    parents = [sha256(b"\1" + hashes[at : at + 64]).digest() for at in range(0, end, 64)]
    parents.append(hashes[end:])
    return b"".join(parents)


def root_hash(leaf_hashes: bytes) -> bytes:
    """The root hash (RFC 6962 *MTH*) of the tree over concatenated `leaf_hashes`; `EMPTY_ROOT` of none."""
    if not leaf_hashes:
        return EMPTY_ROOT
    # A run of 2^14 hashes at a time goes up as far as it can before the next: its 512 KiB stay in the cache, and a log
    # of a million entries needs no second copy of its leaf hashes.
    run = 32 << 14
    if len(leaf_hashes) > run:
        leaf_hashes = b"".join([_top(leaf_hashes[at : at + run]) for at in range(0, len(leaf_hashes), run)])
    return _top(leaf_hashes)


def _top(hashes: bytes) -> bytes:
    while len(hashes) > HASH_BYTES:
        hashes = hash_parents(hashes)
    return hashes


def inclusion_nodes(index: int, size: int) -> list[list[Node]]:
    """What the inclusion proof of entry `index` in the tree of `size` entries consists of (RFC 6962 section 2.1.1).

    One item per proof hash, from the leaf's sibling up; each item lists the complete subtrees, left to right, whose
    hashes folded from the right make that hash (one, but for the tree's right edge).

    Raises `ValueError` unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"no entry {index} in a tree of {size}")
    path = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(_cover(middle, high))
            high = middle
        else:
            path.append(_cover(low, middle))
            low = middle
    return path[::-1]


def consistency_nodes(old_size: int, new_size: int) -> list[list[Node]]:
    """What the consistency proof between two sizes consists of (RFC 6962 section 2.1.2), as `inclusion_nodes` gives it.

    Empty if the sizes are the same or the old tree is empty. Raises `ValueError` unless 0 <= old_size <= new_size.
    """
    if not 0 <= old_size <= new_size:
        raise ValueError(f"no consistency from {old_size} to {new_size}")
    path = []
    low, high = 0, new_size
    while 0 < old_size < high:
        middle = low + _split(high - low)
        if old_size <= middle:
            path.append(_cover(middle, high))
            high = middle
        else:
            path.append(_cover(low, middle))
            low = middle
    if low:  # the old tree is not a subtree of the new one: its last part is not known to the verifier
        path.append(_cover(low, high))
    return path[::-1]


def prove(nodes: Iterable[Sequence[Node]], read_node: NodeReader) -> list[bytes]:
    """The proof that `inclusion_nodes` or `consistency_nodes` describe, its node hashes from `read_node`."""
    return [root_of_node(item, read_node) for item in nodes]


def root_of_node(cover: Sequence[Node], read_node: NodeReader) -> bytes:
    """The hash over neighbouring complete subtrees of falling height, left to right."""
    top = read_node(cover[-1])
    for node in cover[-2::-1]:
        top = hash_children(read_node(node), top)
    return top


def _split(count: int) -> int:
    """The largest power of two below `count` (RFC 6962's k)."""
    return 1 << ((count - 1).bit_length() - 1)


def _cover(low: int, high: int) -> list[Node]:
    """The complete subtrees, left to right, of entries [low, high), where low is a multiple of their sizes."""
    cover = []
    while low < high:
        height = (high - low).bit_length() - 1
        cover.append(Node(height, low >> height))
        low += 1 << height
    return cover


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf_hash` is that of entry `index` in the tree of `size` entries with this root hash.

    `proof` holds the siblings' hashes from the leaf up (RFC 6962 section 2.1.1). Returns nothing; raises `Untrusted` if
    the proof does not hold, has too few or too many hashes, or there is no such index in a tree of that size. A root
    hash alone does not fix the size, so take both from one verified checkpoint.
    """
    if 0 <= index < size <= MAX_TREE_SIZE and _well_sized(leaf_hash, *proof):
        # Below `inner` the leaf's path and the last leaf's path are apart, so each level has a sibling; above, the path
        # is the tree's right edge, where only levels with a left neighbour have one.
        inner = (index ^ (size - 1)).bit_length()
        if len(proof) == inner + (index >> inner).bit_count():
            top = _climb(leaf_hash, index, proof[:inner])
            for left in proof[inner:]:
                top = sha256(b"\1" + left + top).digest()
            if top == root:
                return
    raise Untrusted("proof-inclusion", index=index, size=size)


def verify_consistency(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree of `new_size` entries with `new_root` continues the one of `old_size` with `old_root`.

    `proof` is that of RFC 6962 section 2.1.2; it is empty if the sizes are the same (then the roots must be) or the old
    tree is empty (any tree continues it). An empty tree's root must be `EMPTY_ROOT`. Returns nothing; raises
    `Untrusted`.
    """
    if not _consistent(old_size, old_root, new_size, new_root, proof):
        raise Untrusted("proof-consistency", old=old_size, new=new_size)


def _consistent(old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    if not (0 <= old_size <= new_size <= MAX_TREE_SIZE and _well_sized(old_root, new_root, *proof)):
        return False
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT and (new_size > 0 or new_root == EMPTY_ROOT)
    if old_size == new_size:
        return not proof and old_root == new_root
    # The proof climbs from the old tree's last complete subtree, 2^start entries, as an inclusion proof of it would.
    # Its left neighbours lead to the old root, all of them together to the new one. If the old tree is that subtree
    # alone, its hash is the old root and is not sent.
    start = (old_size & -old_size).bit_length() - 1
    last = (old_size - 1) >> start
    inner = (last ^ ((new_size - 1) >> start)).bit_length()
    border = (last >> inner).bit_count()
    steps = list(proof) if last == 0 else list(proof[1:])
    if len(proof) != inner + border + (last != 0):
        return False
    old_top = new_top = old_root if last == 0 else proof[0]
    for height, sibling in enumerate(steps[:inner]):
        if last >> height & 1:
            old_top = hash_children(sibling, old_top)
    new_top = _climb(new_top, last, steps[:inner])
    for left in steps[inner:]:
        old_top = hash_children(left, old_top)
        new_top = hash_children(left, new_top)
    return old_top == old_root and new_top == new_root


def _climb(top: bytes, index: int, siblings: Sequence[bytes]) -> bytes:
    for sibling in siblings:
        top = sha256(b"\1" + sibling + top if index & 1 else b"\1" + top + sibling).digest()
        index >>= 1
    return top


def _well_sized(*hashes: bytes) -> bool:
    return all(len(each) == HASH_BYTES for each in hashes)
