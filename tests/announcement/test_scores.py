"""How well the reader reads is what its page says: the table is measured anew, and the floors hold."""

from pathlib import Path

import pytest

from tests.announcement.scoring import Score, announcements, compare, read, score_folder, table

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "programme-import.md"
FOLDERS = [HERE / name for name in ("first", "more", "second", "third", "fourth", "fifth")]


def test_the_page_says_what_is_measured() -> None:
    page = PAGE.read_text("utf-8")
    missing = [line for line in table(FOLDERS) if line not in page]
    assert not missing, (
        "measure again: python -m tests.announcement.scoring tests/announcement/{first,more,second,third,fourth,fifth}"
    )


@pytest.fixture(scope="module")
def first() -> Score:
    return score_folder(HERE / "first")


def test_what_the_rules_were_written_by_is_read_well(first: Score) -> None:
    """The first half is known to the rules: it only shows that nothing was lost since."""
    assert first.header >= 0.9, first.faults
    assert first.recall >= 0.85, first.faults
    assert first.precision >= 0.9, first.faults
    assert first.theme_share >= 0.9, first.faults


def test_the_score_can_fail(first: Score) -> None:
    """A gold of another announcement scores next to nothing."""

    texts = list(announcements(HERE / "first"))
    crossed = Score()
    for (name, data, own), (_, _, other) in zip(texts, texts[2:] + texts[:2], strict=True):
        compare(name, read(data, own), other, crossed)
    assert crossed.header < 0.2
    assert crossed.found == 0
