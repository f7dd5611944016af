"""Reading files for an import: whichever way a file is read, at once or object by object, the outcome is the same."""

import gzip
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mithaq.errors import MithaqError, Unavailable
from mithaq.node import importing, read_ahead
from mithaq.node.importing import Batch
from tests.serving import running, until

ID = "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"
GOOD = f'{{"type":"indicator","spec_version":"2.1","id":"{ID}","x":1.50,"é":"\\u00e9"}}'
BUNDLE = '{{"type":"bundle","id":"bundle--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","objects":[{}]}}'

Said = tuple[list[tuple[str, bytes, str]], list[tuple[str, str, str]], int, tuple[str, str] | None]


def outcome(path: Path, whole_bytes: int, monkeypatch: pytest.MonkeyPatch) -> Said:
    """What reading says: objects with their places and words, what is unreadable with its reason, and the break."""
    with monkeypatch.context() as patch:
        patch.setattr(importing, "WHOLE_BYTES", whole_bytes)
        patch.setattr(importing, "WORTH_A_PROCESS", 1 << 40)
        with read_ahead([path]) as batches:
            found = list(batches)
    broken = [each.broken for each in found if each.broken is not None]
    assert len(broken) <= 1
    assert all(each.broken is None for each in found[:-1])
    assert sum(each.file_bytes for each in found) == path.stat().st_size or broken
    return (
        [(each.place, each.canonical, each.words) for batch in found for each in batch.objects],
        [(each.place, each.error.code, each.error.place) for batch in found for each in batch.unreadable],
        sum(batch.read for batch in found),
        (broken[0].code, broken[0].place) if broken else None,
    )


def same(path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    at_once, one_by_one = (outcome(path, size, monkeypatch) for size in (1 << 30, 0))
    assert at_once[:3] == one_by_one[:3]
    assert at_once[3] == one_by_one[3]
    return at_once


FILES: dict[str, str | bytes] = {
    "empty": "",
    "space": " \n\t",
    "one object": GOOD,
    "one object, in lines": GOOD.replace(",", ",\n"),
    "lines": f"{GOOD}\n{GOOD}\n\n{GOOD}",
    "a line that is wrong": f'{GOOD}\n{{"type":"x"}}\n{GOOD}',
    "a line that ends early": f'{GOOD}\n{{"type":"x"\n',
    "array": f"[{GOOD},{GOOD}]",
    "empty array": "[]",
    "array of something else": f"[{GOOD},1,{GOOD}]",
    "nested arrays": f"[[{GOOD}]]",
    "bundle": BUNDLE.format(f"{GOOD}, {GOOD}"),
    "empty bundle": BUNDLE.format(""),
    "bundle without objects": '{"type":"bundle","id":"bundle--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f"}',
    "bundle of STIX 2.0": BUNDLE.format(GOOD).replace('"id"', '"spec_version":"2.0","id"', 1),
    "objects first": f'{{"objects":[{GOOD}],"type":"bundle"}}',
    "objects twice": f'{{"type":"bundle","objects":[{GOOD}],"objects":[{GOOD}]}}',
    "objects that are none": '{"type":"bundle","objects":{"a":1}}',
    "envelope": f'{{"more":true,"next":"x","objects":[{GOOD}]}}',
    "bundle, then a line": BUNDLE.format(GOOD) + "\n" + GOOD,
    "bundle, then more": BUNDLE.format(GOOD) + " x",
    "bundle in a bundle": BUNDLE.format(BUNDLE.format(GOOD)),
    "byte-order mark": "\ufeff" + BUNDLE.format(GOOD),
    "byte-order mark inside": BUNDLE.format("\ufeff" + GOOD),
    "no UTF-8": BUNDLE.format(GOOD).encode() .replace(b"\\u00e9", b"\xff"),
    "member twice": BUNDLE.format(GOOD.replace('"x":1.50', '"x":1,"x":2')),
    "member twice, in an escape": BUNDLE.format(GOOD.replace('"x":1.50', '"x":1,"\\u0078":2')),
    "not a number": BUNDLE.format(GOOD.replace("1.50", "NaN")),
    "infinite": BUNDLE.format(GOOD.replace("1.50", "1e999")),
    "too large an integer": BUNDLE.format(GOOD.replace("1.50", "9007199254740993")),
    "an integer in another spelling": BUNDLE.format(GOOD.replace("1.50", "1e2")),
    "minus zero": BUNDLE.format(GOOD.replace("1.50", "-0.0")),
    "half a surrogate": BUNDLE.format(GOOD.replace("u00e9", "ud800")),
    "noncharacter": BUNDLE.format(GOOD.replace("u00e9", "uffff")),
    "zero": BUNDLE.format(GOOD.replace("u00e9", "u0000")),
    "keys beyond the plane": BUNDLE.format(GOOD.replace('"x"', '"\U0001f600":1,"\uffee"')),
    "deep": BUNDLE.format(GOOD.replace("1.50", "[" * 62 + "]" * 62)),
    "too deep": BUNDLE.format(GOOD.replace("1.50", "[" * 63 + "]" * 63)),
    "far too deep": BUNDLE.format(GOOD.replace("1.50", "[" * 5000 + "]" * 5000)),
    "large": BUNDLE.format(GOOD.replace("1.50", '"' + "x" * 1_000_000 + '"')),
    "too large": BUNDLE.format(GOOD.replace("1.50", '"' + "x" * 1_048_576 + '"') + "," + GOOD),
    "comma too many": BUNDLE.format(f"{GOOD},"),
    "comma missing": BUNDLE.format(f"{GOOD} {GOOD}"),
    "cut in a string": BUNDLE.format(GOOD)[:-20],
    "cut behind the objects": BUNDLE.format(GOOD)[:-1],
    "brace too many": BUNDLE.format(GOOD) + "}",
    "wrong escape": BUNDLE.format(GOOD.replace("\\u00e9", "\\x")),
    "bare control": BUNDLE.format(GOOD.replace("\\u00e9", "\x01")),
    "comment": BUNDLE.format(GOOD + "/* x */"),
    "single quotes": BUNDLE.format(GOOD).replace('"', "'"),
    "wrong id": BUNDLE.format(GOOD.replace("indicator--", "malware--") + "," + GOOD),
    "of STIX 2.0": BUNDLE.format(GOOD.replace('"spec_version":"2.1",', "") + "," + GOOD),
    "large beside its objects": BUNDLE.format(GOOD).replace('"type"', f'"a":"{"x" * 70_000}","type"', 1),
    "null": "null",
    "a text": '"x"',
    "a number": "7",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_both_ways_of_reading_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    content = FILES[name]
    path = tmp_path / "file"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    plain = same(path, monkeypatch)
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert same(path, monkeypatch) == plain


def test_the_files_above_are_no_trivial_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, unreadable, read = 0, 0, 0
    for content in FILES.values():
        (tmp_path / "file").write_bytes(content if isinstance(content, bytes) else content.encode())
        said = outcome(tmp_path / "file", 0, monkeypatch)
        broken, unreadable, read = broken + bool(said[3]), unreadable + bool(said[1]), read + bool(said[0])
    assert broken > 12
    assert unreadable > 10
    assert read > 25


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**54), 2**54) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(
    values=st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), max_size=4),
    form=st.sampled_from(["bundle", "lines", "array"]),
    damage=st.none()
    | st.tuples(st.integers(0, 10**6), st.sampled_from(['"', "{", "}", "[", "]", ",", ":", "\\", "0", " "])),
)
@settings(max_examples=150)
def test_both_ways_say_the_same_of_anything(
    tmp_path_factory: pytest.TempPathFactory, values: list[dict[str, Any]], form: str, damage: tuple[int, str] | None
) -> None:
    texts = [json.dumps({**json.loads(GOOD), **value}) for value in values]
    content = {"bundle": BUNDLE.format(",".join(texts)), "lines": "\n".join(texts), "array": f"[{','.join(texts)}]"}[
        form
    ]
    if damage is not None and content:
        at = damage[0] % len(content)
        content = content[:at] + damage[1] + content[at + 1 :]
    path = tmp_path_factory.mktemp("any") / "file"
    path.write_bytes(content.encode())
    with pytest.MonkeyPatch.context() as patch:
        same(path, patch)


@pytest.mark.parametrize("name", ["attack-history.json.gz", "ics-attack-18.1.json.gz"])
def test_both_ways_say_the_same_of_real_files(shared_data: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    objects, unreadable, read, broken = same(shared_data / "attack" / name, monkeypatch)
    assert (len(objects), unreadable, broken) == (read, [], None)
    assert read in {15_500, 1826}


def test_both_ways_say_the_same_of_examples_good_and_bad(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = sorted((shared_data / "stix").rglob("*.json")) + sorted((shared_data / "misp").glob("*.json"))
    assert len(paths) > 20
    refused = 0
    for path in paths:
        _, unreadable, _, broken = same(path, monkeypatch)
        refused += bool(unreadable or broken)
    assert 0 < refused < len(paths)


def test_batches_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their number and by their bytes; the reading process is never far ahead, so this bounds the memory."""
    path = tmp_path / "file"
    path.write_text("\n".join([GOOD] * 5000))
    for whole in (1 << 30, 0):
        monkeypatch.setattr(importing, "WHOLE_BYTES", whole)
        assert max(sizes(path)) <= importing.BATCH_OBJECTS
        assert sum(sizes(path)) == 5000
    large = GOOD.replace("1.50", '"' + "x" * 900_000 + '"')
    path.write_text("\n".join([large] * 40))
    for whole in (1 << 30, 0):
        monkeypatch.setattr(importing, "WHOLE_BYTES", whole)
        assert max(sizes(path)) <= importing.BATCH_BYTES // 900_000 + 1


def sizes(path: Path) -> list[int]:
    def count(batch: Batch) -> int:
        return len(batch.objects)

    with read_ahead([path]) as batches:
        return [count(batch) for batch in batches]


def test_a_process_of_its_own_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("\n".join([GOOD.replace("1.50", str(number)) for number in range(3000)] + ["{"]))
    here = outcome(path, 1 << 30, monkeypatch)
    monkeypatch.setattr(importing, "WORTH_A_PROCESS", 0)
    with read_ahead([path]) as batches:
        found = list(batches)
    assert [(each.place, each.canonical, each.words) for batch in found for each in batch.objects] == here[0]
    broken = found[-1].broken
    assert isinstance(broken, MithaqError)
    assert (broken.code, broken.place) == here[3]


KILLED = """
import multiprocessing, os, signal, sys
from pathlib import Path
from mithaq.node import importing
importing.WORTH_A_PROCESS = 0
with importing.read_ahead([Path(sys.argv[1])]) as batches:
    next(batches)
    print(*(each.pid for each in multiprocessing.active_children()), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_reading_process_ends_with_an_importer_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("\n".join(GOOD.replace("1.50", str(number)) for number in range(40_000)))
    importer = subprocess.run([sys.executable, "-c", KILLED, path], stdout=subprocess.PIPE, timeout=60, check=False)
    assert importer.returncode == -signal.SIGKILL
    (reader,) = map(int, importer.stdout.split())
    until(lambda: not running(reader), 20, "the reading process to end")


def test_what_was_read_before_a_failure_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("\n".join(GOOD.replace("1.50", str(number)) for number in range(20_000)))
    monkeypatch.setattr(importing, "WORTH_A_PROCESS", 0)
    real = importing._read_files

    def failing(paths: Sequence[Path]) -> Iterator[Batch]:
        yield from real(paths)
        raise OSError("the disk is gone")

    monkeypatch.setattr(importing, "_read_files", failing)
    found: list[Batch] = []
    with read_ahead([path]) as batches, pytest.raises(Unavailable) as caught:
        found.extend(batches)
    assert (sum(batch.read for batch in found), caught.value.code) == (20_000, "import-reader")


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), read_ahead([tmp_path / "absent"]) as batches:
        list(batches)
