"""`mithaq validate`: what is wrong with the STIX objects in files, for people in their language or as JSON lines."""

import hashlib
import io
import sys
from collections.abc import Callable
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

import click
import msgspec
import orjson

from mithaq.cli.terminal import language, say, show_json, speaks
from mithaq.errors import Language, Malformed
from mithaq.errors.words_rules import tell
from mithaq.model import MAX_DEPTH, decode_json
from mithaq.node import read_objects
from mithaq.web.passages import visible

__all__ = ["validate"]

REMEMBERED = 200_000
"""So many objects of a file are compared with those before them; what comes later is still validated."""

_WORDS: dict[str, tuple[str, str, str]] = {
    "valid": ("valid", "верно", "صحيح"),
    "warned": ("valid, with warnings", "верно, есть предупреждения", "صحيح مع تحذيرات"),
    "invalid": ("invalid", "неверно", "غير صحيح"),
    "error": ("error", "ошибка", "خطأ"),
    "warning": ("warning", "предупреждение", "تحذير"),
    "section": ("STIX 2.1 section {section}", "STIX 2.1, раздел {section}", "STIX 2.1، القسم {section}"),
    "unread": ("could not be read", "не удалось прочитать", "تعذّرت قراءته"),
    "summary": (
        "{objects} objects: {valid} valid, {warned} of them with warnings; {invalid} invalid.",
        "Объектов: {objects}. Верны: {valid}, из них с предупреждениями: {warned}. Неверны: {invalid}.",
        "الكائنات: {objects}. صحيح: {valid}، منها مع تحذيرات: {warned}. غير صحيح: {invalid}.",
    ),
}
_LANGUAGES: dict[Language, int] = {"en": 0, "ru": 1, "ar": 2}


@click.command()
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True),
    help="Bundles, TAXII envelopes, lists or lines of STIX objects, plain or gzip; - reads standard input.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line instead of words.")
def validate(files: tuple[Path, ...], as_json: bool) -> None:
    """Check STIX 2.1 objects: a line for each, with what is wrong, where, and which section says so.

    It needs no node. With --json each object is one JSON object on a line of its own. The exit code is 0 only if all
    objects are valid; warnings do no harm.
    """
    # These compile schemas, which no other command needs.
    from mithaq.node.validation import load_validator

    with speaks(as_json):
        report = _Report(load_validator().validate, language(), as_json)
    for path in files:
        with _opened(path) as file:
            report.read(file, str(path))
    report.end()
    if report.counts["invalid"]:
        sys.exit(1)


def _opened(path: Path) -> BufferedReader:
    if str(path) != "-":
        return path.open("rb")
    stream = sys.stdin.buffer
    return stream if isinstance(stream, BufferedReader) else BufferedReader(cast(io.RawIOBase, stream))


class _Report:
    """Validates files and says what it finds, object by object, in constant memory."""

    def __init__(self, check: Callable[[object], list[Any]], spoken: Language, as_json: bool) -> None:
        self.counts = {"objects": 0, "valid": 0, "warned": 0, "invalid": 0}
        self._check = check
        self._language = spoken
        self._as_json = as_json
        self._seen: set[bytes] = set()

    def read(self, file: BufferedReader, name: str) -> None:
        """Validate everything in a file; what can't be read is an invalid object at its place, and ends the file."""
        self._seen.clear()
        objects = read_objects(file, name)
        while True:
            try:
                place, found = next(objects)
            except StopIteration:
                return
            except Malformed as error:
                self._unreadable(name, error)
                return
            except OSError as error:
                self._line(name, "$", "", "", [_unread("read/failed", error.strerror or "")])
                return
            try:
                value = _decoded(found, place)
            except Malformed as error:
                self._unreadable(name, error)
                continue
            self._object(name, place, value)

    def end(self) -> None:
        """Say what it came to: the last line for people, on standard error beside JSON."""
        text = self._word("summary").format(**{key: f"{count:,}" for key, count in self.counts.items()})
        click.echo(text, err=self._as_json)

    def _object(self, name: str, place: str, value: Any) -> None:
        findings = [msgspec.structs.asdict(each) for each in self._check(value)]
        stated = value if isinstance(value, dict) else {}
        identifier, kind = (str(stated.get(key, "")) for key in ("id", "type"))
        if self._is_known(identifier, stated.get("modified")):
            findings.append(
                _finding("warning", "/modified", "should/duplicate-ids", "3.6.1", "this version came before")
            )
        self._line(name, place, identifier, kind, findings)

    def _is_known(self, identifier: str, modified: object) -> bool:
        """Whether this version of an object came before in this file (STIX 2.1 section 3.6.1)."""
        if not identifier or not isinstance(modified, str):
            return False
        key = hashlib.blake2b(f"{identifier} {modified}".encode("utf-8", "replace"), digest_size=12).digest()
        known = key in self._seen
        if len(self._seen) < REMEMBERED:
            self._seen.add(key)
        return known

    def _unreadable(self, name: str, error: Malformed) -> None:
        self._line(name, error.place or "$", "", "", [_unread(f"read/{error.code}", error.title(self._language))])

    def _line(self, name: str, place: str, identifier: str, kind: str, findings: list[dict[str, str]]) -> None:
        valid = all(each["severity"] == "warning" for each in findings)
        self.counts["objects"] += 1
        self.counts["valid" if valid else "invalid"] += 1
        self.counts["warned"] += valid and bool(findings)
        if self._as_json:
            line = {"file": name, "place": place, "id": identifier, "type": kind, "valid": valid, "findings": findings}
            show_json(line)
            return
        verdict = self._word("invalid" if not valid else "warned" if findings else "valid")
        named = self._apart(identifier or self._word("unread"))
        say(f"{_coloured(verdict, valid)}  {named}  {self._apart(f'{name}: {place}')}")
        for each in findings:
            say(f"    {self._told(each)}")

    def _told(self, finding: dict[str, str]) -> str:
        parts = [self._word(finding["severity"])]
        if finding["pointer"]:
            parts.append(self._apart(finding["pointer"]))
        parts.append(tell(finding["rule"], finding["message"], self._language, self._apart))
        parts.append(self._apart(finding["rule"]))
        if finding["section"]:
            parts.append(self._word("section").format(section=finding["section"]))
        return "  ".join(parts)

    def _word(self, key: str) -> str:
        return _WORDS[key][_LANGUAGES[self._language]]

    def _apart(self, text: str) -> str:
        """Text of the input in a line: shown, never obeyed by the terminal, and turning nothing around it."""
        shown = visible(text).replace("\n", "⏎").replace("\t", " ")
        return f"\u2066{shown}\u2069" if self._language == "ar" else shown


def _decoded(found: bytes | dict[str, Any], place: str) -> Any:
    """The value of an object, within the limits that any object has here."""
    data = found if isinstance(found, bytes) else orjson.dumps(found)
    return decode_json(data, place, max_depth=MAX_DEPTH - 1)


def _finding(severity: str, pointer: str, rule: str, section: str, message: str) -> dict[str, str]:
    return {"severity": severity, "pointer": pointer, "rule": rule, "section": section, "message": message}


def _unread(rule: str, message: str) -> dict[str, str]:
    return _finding("error", "", rule, "", message)


def _coloured(verdict: str, valid: bool) -> str:
    return click.style(verdict, bold=not valid, fg=None if valid else "red")
