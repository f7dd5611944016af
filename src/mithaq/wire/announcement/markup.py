"""HTML as a stream of tokens, each with its place in the source: text, tags, what is never shown.

It follows the HTML Standard's tokenizer where that shows: raw text elements, bogus comments, attributes without
quotes, references with and without a semicolon. Each letter of the source is looked at a fixed number of times, so
hostile input takes as long as any other of its size. What the tags mean is `page`'s part.

>>> [type(token).__name__ for token in read_tokens("<p class=x>a &lt; b<!-- c --></p>")]
['Tag', 'Shown', 'Hidden', 'Tag']
"""

import html
import html.entities
import re
from array import array
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Hidden", "Letters", "Raw", "Shown", "Tag", "Writing", "read_tokens", "read_value"]

_SPACES = "\t\n\f\r "
_NAME = re.compile(r"[a-zA-Z][^\t\n\f\r />]*")
_ATTRIBUTE = re.compile(
    r"""[\t\n\f\r /]*(?:(?P<end>>)|(?P<name>[^\t\n\f\r />][^\t\n\f\r />=]*)"""
    r"""(?:[\t\n\f\r ]*=[\t\n\f\r ]*"""
    r"""(?:"(?P<double>[^"]*)(?:"|$)|'(?P<single>[^']*)(?:'|$)|(?P<bare>[^\t\n\f\r >]*)))?)"""
)
_KEPT = frozenset(
    ("class", "id", "role", "hidden", "style", "type", "property", "name", "content", "itemprop", "lang", "datetime")
)
# Elements whose content is text to the parser: nothing in it is a tag but their own end.
_RAW = {
    name: re.compile(rf"(?ai)</{name}(?=[\t\n\f\r />])")
    for name in ("script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes")
}
_PIECE = re.compile(
    r"(?P<entity>&(?:#0{0,8}[0-9]{1,8};?|#[xX]0{0,8}[0-9a-fA-F]{1,8};?|[a-zA-Z][a-zA-Z0-9]{1,31};?))"
    r"|(?P<space>\s+)|(?P<plain>[^\s&]+|&)"
)
_BREAK = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_VALUE_LETTERS = 2_000


class Letters(NamedTuple):
    """A text and, for each of its code points, the half-open range of the source that it came from."""

    text: str
    starts: "array[int]"
    ends: "array[int]"

    def part(self, start: int, end: int) -> "Letters":
        """The letters from `start` to `end`, white space around them left out."""
        while start < end and self.text[start].isspace():
            start += 1
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return Letters(self.text[start:end], self.starts[start:end], self.ends[start:end])

    @property
    def place(self) -> tuple[int, int]:
        """The range of the source from the first letter to the last; `(0, 0)` without letters."""
        return (self.starts[0], self.ends[-1]) if self.text else (0, 0)


class Shown(NamedTuple):
    """Text of the source, its references not yet decoded."""

    start: int
    end: int


class Tag(NamedTuple):
    """A start or end tag; `attributes` has where the values stand of those that anybody here asks for."""

    name: str
    start: int
    end: int
    closing: bool
    attributes: dict[str, tuple[int, int]]


class Raw(NamedTuple):
    """An element whose content is no mark-up, from its start tag to its end; the content's range is the inner one."""

    tag: Tag
    inner: int
    inner_end: int
    end: int


class Hidden(NamedTuple):
    """A comment."""

    start: int
    end: int


def read_tokens(source: str) -> Iterator[Shown | Tag | Raw | Hidden]:
    """The tokens of `source` in order; a doctype, a processing instruction and an unfinished last tag are none."""
    at = 0
    while at < len(source):
        opened = source.find("<", at)
        if opened < 0:
            opened = len(source)
        if opened > at:
            yield Shown(at, opened)
        if opened == len(source):
            return
        kind = source[opened + 1 : opened + 2]
        letter = source[opened + 2 : opened + 3] if kind == "/" else kind
        if letter.isascii() and letter.isalpha():
            tag = _read_tag(source, opened, kind == "/")
            if not tag:
                return
            at = tag.end
            if not tag.closing and tag.name in _RAW:
                raw = _read_raw(source, tag)
                at = raw.end
                yield raw
            else:
                yield tag
        elif kind in {"!", "?"} or (kind == "/" and letter):
            at = _end_of_comment(source, opened)
            if source.startswith("<!--", opened):
                yield Hidden(opened, at)
        else:
            yield Shown(opened, opened + 1)
            at = opened + 1


def _end_of_comment(source: str, start: int) -> int:
    if not source.startswith("<!--", start):
        end = source.find(">", start)
        return end + 1 if end >= 0 else len(source)
    if source.startswith((">", "->"), start + 4):
        return source.index(">", start + 4) + 1
    end = source.find("-->", start + 4)
    return end + 3 if end >= 0 else len(source)


def _read_tag(source: str, start: int, closing: bool) -> Tag | None:
    """The tag that begins at `start`; None if the source ends within it."""
    named = _NAME.match(source, start + 1 + closing)
    assert named  # noqa: S101 - the caller saw the letter
    at = named.end()
    attributes: dict[str, tuple[int, int]] = {}
    while found := _ATTRIBUTE.match(source, at):
        at = found.end()
        if found["end"]:
            return Tag(named[0].lower(), start, at, closing, attributes)
        name = found["name"].lower()
        if name in _KEPT and name not in attributes:
            value = next((group for group in ("double", "single", "bare") if found[group] is not None), "name")
            attributes[name] = found.span(value) if value != "name" else (at, at)
    return None


def _read_raw(source: str, tag: Tag) -> Raw:
    closed = _RAW[tag.name].search(source, tag.end)
    if not closed:
        return Raw(tag, tag.end, len(source), len(source))
    end = _read_tag(source, closed.start(), True)
    return Raw(tag, tag.end, closed.start(), end.end if end else len(source))


def _decode_reference(text: str) -> tuple[str, int]:
    """What a reference stands for, and how many of its letters belong to it; no letters if it is none."""
    if text[1] == "#" or text.endswith(";"):
        decoded = html.unescape(text)
        if decoded != text and not (text[1] != "#" and decoded.endswith(";")):
            return decoded, len(text)
    for length in range(len(text), 2, -1):
        # Some old names need no semicolon; the longest that fits counts.
        if text[1:length] in html.entities.html5:
            return html.entities.html5[text[1:length]], length
    return "", 0


class Writing:
    """Letters as they gather: references decoded, white space folded to single spaces, line breaks kept as such.

    Breaks come from `add_break` (an element that ends a line) or, with `lines`, from the source's own. Each letter has
    a mark, a number that says in the caller's terms what it stands in.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._starts = array("I")
        self._ends = array("I")
        self._marks = bytearray()
        self._gap: tuple[str, int, int] | None = None

    def __len__(self) -> int:
        return len(self._starts)

    def add(
        self, source: str, start: int, end: int, *, mark: int = 0, lines: bool = False, markup: bool = True
    ) -> None:
        """Adds source text; with `markup`, references are decoded."""
        at = start
        while at < end:
            found = _PIECE.match(source, at, end)
            assert found  # noqa: S101 - any letter is one of the three
            stop = found.end()
            if found["space"]:
                breaks = len(_BREAK.findall(found[0])) if lines else 0
                self._widen("\n" * min(breaks, 2) or " ", at, stop)
            elif found["entity"] and markup:
                text, length = _decode_reference(found[0])
                if length:
                    stop = at + length
                    self._put(text, [at] * len(text), [stop] * len(text), mark)
                else:
                    self._put(found[0], range(at, stop), range(at + 1, stop + 1), mark)
            else:
                self._put(found[0], range(at, stop), range(at + 1, stop + 1), mark)
            at = stop

    def add_break(self, start: int, end: int) -> None:
        """Ends the line; the second break in a row ends the paragraph."""
        ended = self._gap is not None and "\n" in self._gap[0]
        self._widen("\n\n" if ended else "\n", start, end)

    def take(self) -> tuple[Letters, bytes]:
        """What has gathered, and its marks; the next letter begins anew."""
        taken = Letters("".join(self._parts), self._starts, self._ends)
        marks = bytes(self._marks)
        self._parts, self._starts, self._ends, self._marks, self._gap = [], array("I"), array("I"), bytearray(), None
        return taken, marks

    def drop_gap(self) -> None:
        """Forgets white space that nothing has followed."""
        self._gap = None

    def _widen(self, text: str, start: int, end: int) -> None:
        if self._gap:
            text, start = max(text, self._gap[0], key=len) if "\n" in text else self._gap[0], self._gap[1]
        self._gap = (text, start, end)

    def _put(self, text: str, starts: "range | list[int]", ends: "range | list[int]", mark: int) -> None:
        if not text.strip():
            if text:
                self._widen(" ", starts[0], ends[0])
            return
        if self._gap and self._starts:
            gap, start, end = self._gap
            self._parts.append(gap)
            self._starts.extend([start] * len(gap))
            self._ends.extend([end] * len(gap))
            self._marks.extend(bytes(len(gap)))
        self._gap = None
        self._parts.append(text)
        self._starts.extend(starts)
        self._ends.extend(ends)
        self._marks.extend(bytes((mark,)) * len(text))


def read_value(source: str, start: int, end: int, *, markup: bool = True) -> Letters:
    """The letters of an attribute's value or of a raw element, at most 2000 letters of the source."""
    writing = Writing()
    writing.add(source, start, min(end, start + _VALUE_LETTERS), markup=markup)
    return writing.take()[0]
