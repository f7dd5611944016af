"""Heads of objects: the newest of each publisher, equal ones once, different ones as conflicting."""

from itertools import permutations

from mithaq.model import Copy, fold_heads


def copies(*each: tuple[str, str, bytes]) -> list[Copy]:
    """Copies by publisher, version and digest, the commitment made of their number."""
    return [Copy(*one, bytes([number])) for number, one in enumerate(each)]


def test_nothing_has_no_head() -> None:
    assert fold_heads([]) == ()


def test_the_newest_version_is_the_head() -> None:
    (head,) = fold_heads(copies(("dara", "1", b"a"), ("dara", "3", b"c"), ("dara", "2", b"b")))
    assert head == ("3", b"c", ("dara",), (b"\1",), False)


def test_a_record_and_its_restatement_are_one_head() -> None:
    (head,) = fold_heads(copies(("dara", "1", b"a"), ("dara", "1", b"a")))
    assert (head.publishers, head.commitments, head.conflicting) == (("dara",), (b"\0", b"\1"), False)


def test_equal_copies_are_shown_once() -> None:
    (head,) = fold_heads(copies(("sarib", "1", b"a"), ("dara", "1", b"a"), ("dara", "0", b"x")))
    assert (head.publishers, head.commitments, head.conflicting) == (("dara", "sarib"), (b"\0", b"\1"), False)


def test_publishers_at_different_versions_do_not_conflict() -> None:
    heads = fold_heads(copies(("dara", "1", b"a"), ("sarib", "2", b"b")))
    assert [(head.version, head.publishers, head.conflicting) for head in heads] == [
        ("2", ("sarib",), False),
        ("1", ("dara",), False),
    ]


def test_other_bytes_under_one_version_conflict() -> None:
    heads = fold_heads(copies(("sarib", "1", b"a"), ("dara", "1", b"b"), ("kolm", "1", b"b")))
    assert [(head.publishers, head.conflicting) for head in heads] == [(("dara", "kolm"), True), (("sarib",), True)]


def test_a_publisher_may_conflict_with_itself() -> None:
    heads = fold_heads(copies(("dara", "1", b"b"), ("dara", "1", b"a")))
    assert [(head.digest, head.conflicting) for head in heads] == [(b"a", True), (b"b", True)]


def test_a_conflict_with_what_a_publisher_has_replaced_since_shows() -> None:
    heads = fold_heads(copies(("dara", "1", b"a"), ("dara", "2", b"c"), ("sarib", "1", b"b")))
    assert [(head.version, head.conflicting) for head in heads] == [("2", False), ("1", True)]


def test_the_order_of_arrival_changes_only_the_order_of_commitments() -> None:
    given = copies(
        ("dara", "1", b"a"), ("dara", "1", b"b"), ("sarib", "1", b"a"), ("kolm", "2", b"c"), ("kolm", "1", b"d")
    )
    seen = {
        tuple(head._replace(commitments=tuple(sorted(head.commitments))) for head in fold_heads(order))
        for order in permutations(given)
    }
    assert len(seen) == 1
