"""An announcement as blocks of visible text, each letter with its place in the source: HTML or plain text.

Source: the HTML Standard's rules for what a browser shows, as far as an article's text depends on them; for plain text
the habits of people who wrap lines and make lists by hand. What of it is the announcement is `cleaning`'s part.

>>> page = read_page(b"<h1>Tasks &amp; goals</h1><ul><li>trust<li>trade</ul>")
>>> [(block.kind, block.letters.text) for block in page.blocks]
[('heading', 'Tasks & goals'), ('item', 'trust'), ('item', 'trade')]
>>> page.source[slice(*page.blocks[0].letters.place)]
'Tasks &amp; goals'
"""

import re
from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

from mithaq.errors import Malformed
from mithaq.wire.announcement.charset import decode_source
from mithaq.wire.announcement.linked_data import read_linked_data
from mithaq.wire.announcement.markup import Hidden, Letters, Raw, Shown, Tag, Writing, read_tokens, read_value

__all__ = [
    "MAX_INPUT_BYTES",
    "MAX_TEXT",
    "Block",
    "BlockKind",
    "Letters",
    "Meta",
    "Page",
    "decode_source",
    "is_row",
    "one_line",
    "read_page",
]

MAX_INPUT_BYTES = 2 * 1024 * 1024
"""Bytes of an announcement, mark-up and all."""
MAX_TEXT = 120_000
"""Code points of its visible text."""
_MAX_DEPTH = 512
_MAX_WORDS = 160
_SEEN = 32
_FULL = 60
"""Letters of a line that may have been wrapped."""
_PARTING = 8
"""A block counts as that many letters more, so that there are not too many of them."""
_LINKED, _BOLD, _TIMED = 1, 2, 4
KEYED = "key and value"
"""Among the words of a block: it is a line of a fact sheet."""
_LONGEST_KEY, _LONGEST_VALUE = 60, 200

BlockKind = Literal["heading", "paragraph", "item", "caption", "time", "line"]
MetaName = Literal["site", "owner", "published", "title", "author", "language"]


class Block(NamedTuple):
    """A piece of text that stands by itself.

    `within` are the names of the elements around it and the words of their class, id and role, in small letters, at
    most some 160; for a cell or a row of a table also `cell` or `row` and its place. `linked` is how many letters are
    part of a link, `level` a heading's level or a list's depth, else 0. `key` is how many letters are a fact's name, if
    the block has a fact that no colon parts from it.
    """

    kind: BlockKind
    letters: Letters
    within: frozenset[str] = frozenset()
    linked: int = 0
    level: int = 0
    key: int = 0


class Meta(NamedTuple):
    """What the page says of itself, not in its text."""

    name: MetaName
    letters: Letters


class Page(NamedTuple):
    """An announcement as it came. `hidden` has ranges of the source that a browser never shows, and why."""

    source: str
    html: bool
    blocks: list[Block]
    metas: list[Meta]
    hidden: list[tuple[int, int, str]]


_HTML = re.compile(
    r"(?ai)<(?:!doctype\s+html|/?(?:html|head|body|div|p|h[1-6]|article|section|main|span|br|table|ul|ol|li|a|b|strong|"
    r"i|em|meta|script|title)(?=[\s/>])[^<>]*>)"
)


def read_page(data: bytes) -> Page:
    """The blocks of an announcement in the order of the source.

    Raises `Malformed`: `announcement-too-large` over 2 MiB or 120,000 letters, `announcement-too-deep` over 512 open
    elements, `announcement-empty` where nothing is left to read.
    """
    if len(data) > MAX_INPUT_BYTES:
        raise Malformed("announcement-too-large", "announcement", limit=MAX_INPUT_BYTES, letters=MAX_TEXT)
    source = decode_source(data)
    page = _Reader(source).read() if _HTML.search(source) else _read_plain(source)
    if not any(letter.isalnum() for block in page.blocks for letter in block.letters.text):
        raise Malformed("announcement-empty", "announcement")
    return page


def _read_plain(source: str) -> Page:
    writing = Writing()
    writing.add(source, 0, len(source), lines=True, markup=False)
    letters = writing.take()[0]
    _measure(len(letters.text) + _PARTING * letters.text.count("\n"))
    return Page(source, False, list(_plain_blocks(letters)), [], [])


def _measure(letters: int) -> None:
    if letters > MAX_TEXT:
        raise Malformed("announcement-too-large", "announcement", limit=MAX_INPUT_BYTES, letters=MAX_TEXT)


# Plain text

_BULLET = re.compile(
    r"(?:[\u2190-\u21ff\u2600-\u27bf\U0001f300-\U0001faff][\ufe0f\u200d]*|\d\ufe0f?\u20e3|[-*•–‣▪▫●○·◦■□►▶➢➤✓✔]|\(?\d{1,2}\)|\d{1,2}[.\-–](?=\s)|\(?[a-zа-яё\u0621-\u064a]\)|[\u0621-\u064a][-–])\s*(?=\S)"
)
_DASH = re.compile(r"[—―]\s")
_ENDED = re.compile(r"[.!?…؟:;؛]['\"»”’)\]]*$")


def _lines(letters: Letters) -> Iterator[tuple[int, int, bool]]:
    """Where each line of a text stands, and whether an empty line comes before it."""
    at, fresh = 0, True
    for line in letters.text.split("\n"):
        if line:
            yield at, at + len(line), fresh
        fresh = not line
        at += len(line) + 1


def _width(letters: Letters, lines: list[tuple[int, int, bool]]) -> int:
    """The width that a text was wrapped to by hand; 0 if it was not.

    It is the longest line, if hardly any is longer than people wrap, and if some full lines clearly go on in the next.
    """
    lengths = sorted(end - start for start, end, _ in lines)
    inner = [length for length in lengths if length <= 100]
    if not inner or inner[-1] < 45 or (len(lengths) - len(inner)) * 20 > len(lengths):
        return 0
    signs = 0
    for (start, end, _), (after, after_end, fresh) in pairwise(lines):
        follower = letters.text[after:after_end]
        full = end - start >= inner[-1] - 15 and not _ENDED.search(letters.text[start:end])
        if full and not fresh and not _starts_item(follower):
            # A small letter cannot begin a line of its own; where there are none, it takes more such lines.
            signs += 2 if follower[0].islower() else 0 if follower[0].isupper() else 1
    return inner[-1] if signs > 2 else 0


def _unwrap(letters: Letters, wrapped: bool) -> list[tuple[int, int]]:
    """The paragraphs of a text: if people wrapped it, a line goes on in the next one where only its width ended it."""
    lines = list(_lines(letters))
    width = _width(letters, lines) if wrapped else 0
    paragraphs: list[tuple[int, int]] = []
    last = 0
    for start, end, fresh in lines:
        line = letters.text[start:end]
        if wrapped and paragraphs and not fresh and not _starts_item(line):
            before = letters.text[last : start - 1]
            fits = not width or len(before) + 1 + len(line.split(None, 1)[0]) <= width
            # Two lines alone show no width; but a long line without an end and a small letter speak for themselves.
            goes_on = len(before) >= _FULL and line[0].islower() and before[-1] not in ".!?…:;؛؟"
            # A stop at the end of a full line may be an abbreviation's: a small letter goes on with the sentence.
            if not fits and (not _ENDED.search(before) or line[0].islower()):
                goes_on = True
            if goes_on:
                paragraphs[-1] = (paragraphs[-1][0], end)
                last = start
                continue
        paragraphs.append((start, end))
        last = start
    return paragraphs


def _starts_item(line: str) -> bool:
    return bool(_BULLET.match(line))


def _flat(letters: Letters, start: int, end: int) -> Letters:
    """A part of the letters in one line."""
    part = letters.part(start, end)
    return part._replace(text=part.text.replace("\n", " "))


def _plain_blocks(letters: Letters) -> Iterator[Block]:
    parts = [_flat(letters, start, end) for start, end in _unwrap(letters, True)]
    for place, part in enumerate(parts):
        text = part.text
        after = parts[place + 1].text if place + 1 < len(parts) else ""
        before = parts[place - 1].text if place else ""
        listed = _DASH.match(text) and (text.endswith((";", "؛")) or before.endswith((":", ";", "؛")))
        if _starts_item(text) or listed:
            yield Block("item", part, level=1)
        elif _ENDED.search(text):
            yield Block("paragraph", part)
        elif len(text) <= 160 and len(after) > len(text) and _ENDED.search(after):
            yield Block("heading", part, level=2 if place else 1)
        else:
            yield Block("line" if len(text) <= 160 else "paragraph", part)


# HTML

_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track",
    "wbr",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "button", "caption", "center", "dd", "details",
    "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html", "label", "legend", "li", "main", "menu", "nav",
    "ol", "optgroup", "option", "p", "pre", "search", "section", "select", "summary", "table", "tbody", "td",
    "tfoot", "th", "thead", "tr", "ul",
})  # fmt: skip
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_UNSEEN = frozenset({
    "template", "noscript", "svg", "math", "object", "audio", "video", "canvas", "select", "datalist", "map",
})  # fmt: skip
_LISTS = frozenset({
    "ul", "ol", "menu", "dir", "dl",
})  # fmt: skip
# A start tag ends these open elements, looked for no farther up than the second set.
_CLOSES: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "li": (frozenset({"li"}), _LISTS),
    **dict.fromkeys(("dt", "dd"), (frozenset({"dt", "dd"}), _LISTS)),
    **dict.fromkeys(("td", "th"), (frozenset({"td", "th"}), frozenset({"tr", "table"}))),
    "tr": (frozenset({"tr"}), frozenset({"table"})),
    **dict.fromkeys(("thead", "tbody", "tfoot"), (frozenset({"thead", "tbody", "tfoot"}), frozenset({"table"}))),
    **dict.fromkeys(("option", "optgroup"), (frozenset({"option"}), frozenset({"select"}))),
    "body": (frozenset({"head"}), frozenset({"body"})),
    "a": (frozenset({"a"}), _BLOCKS),
}
_ENDS_P = (frozenset({"p"}), frozenset({"table", "td", "th", "button", "caption", "li", "object"}))
_CLASS_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_UNDISPLAYED = re.compile(r"(?ai)display\s*:\s*none|visibility\s*:\s*hidden")
_ALWAYS = frozenset({
    "article", "aside", "figcaption", "figure", "footer", "form", "header", "main", "nav", "button",
    "blockquote", "table",
})  # fmt: skip


class _Open(NamedTuple):
    """An open element and what it means for the text in it."""

    name: str
    words: frozenset[str]
    kind: BlockKind
    level: int
    mark: int
    pre: bool
    unseen: str
    start: int


class _Reader:
    """Reads HTML once, from the first token to the last."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.blocks: list[Block] = []
        self.hidden: list[tuple[int, int, str]] = []
        self.metas: list[Meta] = []
        self._late: list[Meta] = []
        self._letters = 0
        self._writing = Writing()
        self._stack = [_Open("", frozenset(), "line", 0, 0, False, "", 0)]
        self._moment: tuple[int, int] | None = None

    def read(self) -> Page:
        """The whole page."""
        for token in read_tokens(self.source):
            match token:
                case Shown(start, end):
                    self._show(start, end)
                case Hidden(start, end):
                    self._hide(start, end, "comment")
                case Raw():
                    self._read_raw(token)
                case Tag(closing=True):
                    self._read_end(token)
                case Tag():
                    self._read_start(token)
        self._flush()
        self._pop_to(1, len(self.source))
        return Page(self.source, True, _joined(self.blocks), self.metas + self._late, self.hidden)

    def _show(self, start: int, end: int) -> None:
        top = self._stack[-1]
        if not top.unseen:
            self._writing.add(self.source, start, end, mark=top.mark, lines=top.pre)
            _measure(self._letters + len(self._writing))

    def _hide(self, start: int, end: int, rule: str) -> None:
        if not self._stack[-1].unseen:
            self.hidden.append((start, end, rule))

    def _read_raw(self, raw: Raw) -> None:
        name = raw.tag.name
        if name == "title":
            self._say("title", raw.inner, raw.inner_end)
        elif name == "script" and "json" in self._attribute(raw.tag, "type").lower():
            said = read_linked_data(self.source, raw.inner, raw.inner_end)
            self.metas += [Meta(meta, letters) for meta, letters in said]
        self._hide(raw.tag.start, raw.end, name if name in {"script", "style", "title"} else "unseen")

    # Tags

    def _read_start(self, tag: Tag) -> None:
        name = tag.name
        if name in _BLOCKS:
            self._flush()
            if name not in {"button", "label", "option", "td", "th"}:
                self._close(*_ENDS_P, tag.start)
        if name in _CLOSES:
            self._close(*_CLOSES[name], tag.start)
        if name == "br":
            self._writing.add_break(tag.start, tag.end)
        elif name in {"meta", "html"}:
            self._read_meta(tag)
        if tag.attributes.get("datetime") and (
            self._attribute(tag, "itemprop") == "datePublished" or (name == "time" and not self._moment)
        ):
            self._read_moment(tag)
        if name not in _VOID:
            self._push(tag)

    def _read_end(self, tag: Tag) -> None:
        block = tag.name in _BLOCKS
        if block:
            self._flush()
        if tag.name == "br":
            self._writing.add_break(tag.start, tag.end)
            return
        for place in range(len(self._stack) - 1, max(0, len(self._stack) - 1 - (_MAX_DEPTH if block else _SEEN)), -1):
            name = self._stack[place].name
            if name == tag.name:
                self._pop_to(place, tag.end)
                return
            # A stray </b> ends no paragraph, a stray </div> no cell.
            if (not block and name in _BLOCKS) or (name in {"td", "th"} and tag.name not in {"table", "tr", "body"}):
                return

    def _push(self, tag: Tag) -> None:
        above = self._stack[-1]
        name = tag.name
        if len(self._stack) > _MAX_DEPTH:
            if name in _BLOCKS:
                raise Malformed("announcement-too-deep", "announcement", limit=_MAX_DEPTH)
            return
        kind, level = self._kind(name, above)
        mark = above.mark | {"a": _LINKED, "b": _BOLD, "strong": _BOLD, "time": _TIMED}.get(name, 0)
        unseen = above.unseen or ("unseen" if name in _UNSEEN else "")
        if not unseen and tag.attributes and self._undisplayed(tag):
            unseen = "hidden"
        pre = name == "pre" or (above.pre and name != "table")
        self._stack.append(_Open(name, self._words(tag, above), kind, level, mark, pre, unseen, tag.start))

    def _undisplayed(self, tag: Tag) -> bool:
        return "hidden" in tag.attributes or bool(_UNDISPLAYED.search(self._attribute(tag, "style")))

    def _kind(self, name: str, above: _Open) -> tuple[BlockKind, int]:
        if name in _HEADINGS:
            return "heading", _HEADINGS[name]
        if name in {"figcaption", "caption"}:
            return "caption", 0
        if name in _LISTS:
            return "line", above.level + 1 if above.kind in {"item", "line"} else 1
        if name in {"li", "dd", "dt"}:
            return "item", max(1, above.level)
        if name in {"article", "section", "aside", "main", "nav", "footer", "table"}:
            return "line", 0
        if name in {"p", "blockquote"} and above.kind in {"line", "paragraph"}:
            return "paragraph", 0
        return above.kind, above.level

    def _words(self, tag: Tag, above: _Open) -> frozenset[str]:
        words = above.words
        if tag.name not in words and (tag.name in _ALWAYS or (tag.name in _BLOCKS and len(words) < _MAX_WORDS)):
            words |= {tag.name}
        if tag.name in {"td", "th", "tr"} and len(words) < _MAX_WORDS:
            words |= {f"{'row' if tag.name == 'tr' else 'cell'} {tag.start}"}
        # The classes of the whole page say what it has, not what a part of it is.
        if len(words) < _MAX_WORDS and tag.name not in {"html", "body"}:
            said = " ".join(self._attribute(tag, name) for name in ("class", "id", "role") if name in tag.attributes)
            own: set[str] = set()
            for word in said.split()[:12]:
                own.add(word.lower())
                own |= {part.lower() for part in _CLASS_PART.findall(word)[:6]}
            if not own <= words:
                words |= own
        return words

    def _close(self, names: frozenset[str], fence: frozenset[str], at: int) -> None:
        """Ends the innermost open element of these names, if it stands within the fence."""
        for place in range(len(self._stack) - 1, max(0, len(self._stack) - 1 - _SEEN), -1):
            if self._stack[place].name in names:
                self._pop_to(place, at)
                return
            if self._stack[place].name in fence:
                return

    def _pop_to(self, place: int, at: int) -> None:
        for depth in range(len(self._stack) - 1, place - 1, -1):
            gone = self._stack.pop()
            if gone.unseen and not self._stack[depth - 1].unseen:
                self.hidden.append((gone.start, at, gone.unseen))

    # Blocks

    def _flush(self) -> None:
        """Ends the block whose letters have gathered; lines in it are judged like those of a plain text."""
        if not len(self._writing):
            self._writing.drop_gap()
            return
        letters, marks = self._writing.take()
        moment, self._moment = self._moment, None
        top = self._stack[-1]
        for start, end in _unwrap(letters, top.pre) if "\n" in letters.text else [(0, len(letters.text))]:
            part = _flat(letters, start, end)
            counts = {mark: _count(marks[start:end], mark) for mark in (_LINKED, _BOLD, _TIMED)}
            solid = len(part.text) - part.text.count(" ")
            kind, level = top.kind, top.level
            ended = bool(_ENDED.search(part.text))
            if counts[_TIMED] == solid:
                kind, level = "time", 0
                if moment and not top.words & {"nav", "aside", "footer"}:
                    self._late.append(Meta("published", read_value(self.source, *moment)))
            elif kind in {"line", "paragraph"}:
                if counts[_BOLD] == solid and not ended and len(part.text) <= 160 and not counts[_LINKED]:
                    kind, level = "heading", 6
                elif _starts_item(part.text):
                    kind, level = "item", 1
                else:
                    kind, level = "paragraph" if ended or kind == "paragraph" else "line", 0
            self._letters += len(part.text) + _PARTING
            self.blocks.append(Block(kind, part, top.words, counts[_LINKED], level))

    # What the page says of itself

    def _attribute(self, tag: Tag, name: str) -> str:
        start, end = tag.attributes.get(name, (0, 0))
        return self.source[start : min(end, start + 500)]

    def _say(self, name: MetaName, start: int, end: int) -> None:
        letters = read_value(self.source, start, end)
        if letters.text and not self._stack[-1].unseen:
            self.metas.append(Meta(name, letters))

    def _read_meta(self, tag: Tag) -> None:
        if tag.name == "html":
            if "lang" in tag.attributes:
                self._say("language", *tag.attributes["lang"])
            return
        said = (self._attribute(tag, key).lower() for key in ("property", "name", "itemprop"))
        meta = next((_METAS[key] for key in said if key in _METAS), None)
        if meta and "content" in tag.attributes:
            self._say(meta, *tag.attributes["content"])

    def _read_moment(self, tag: Tag) -> None:
        """A time that the page gives to programs: said to be the publication's, or perhaps, if it stands alone."""
        if self._attribute(tag, "itemprop") == "datePublished":
            self._say("published", *tag.attributes["datetime"])
        else:
            self._moment = tag.attributes["datetime"]


def _count(marks: bytes, mark: int) -> int:
    return sum(marks.count(value) for value in range(8) if value & mark)


_METAS: dict[str, MetaName] = {
    "og:site_name": "site",
    "application-name": "site",
    "article:published_time": "published",
    "datepublished": "published",
    "date": "published",
    "pubdate": "published",
    "publishdate": "published",
    "dc.date": "published",
    "dc.date.issued": "published",
    "dcterms.date": "published",
    "dcterms.created": "published",
    "og:title": "title",
    "author": "author",
    "article:author": "author",
}


def _joined(blocks: list[Block]) -> list[Block]:
    """The blocks, with the two halves of a line of a fact sheet as one: `<dt>Motto:</dt> <dd>Trust</dd>`."""
    made: list[Block] = []
    for block in blocks:
        key = made[-1] if made else None
        if key is not None and key.letters.text.endswith(":") and is_row(key, block):
            made[-1] = one_line(key, block)
            continue
        made.append(block)
    return made


def is_row(key: Block, value: Block) -> bool:
    """Whether two blocks stand beside each other in a table or a list of terms, both short."""
    if len(key.letters.text) > _LONGEST_KEY or len(value.letters.text) > _LONGEST_VALUE:
        return False
    if "dt" in key.within and "dd" in value.within:
        return True
    if "tr" not in key.within or "tr" not in value.within:
        return False
    (cells, rows), (other, others) = (_places(block) for block in (key, value))
    return rows == others and cells != other and len(cells) == len(other)


def _places(block: Block) -> tuple[set[str], set[str]]:
    """The cells and the rows that a block is in."""
    cells, rows = ({word for word in block.within if word.startswith(name)} for name in ("cell ", "row "))
    return cells, rows


def one_line(key: Block, value: Block) -> Block:
    """The two as one line of a fact sheet."""
    first, second = key.letters, value.letters
    letters = Letters(
        f"{first.text} {second.text}",
        # A browser shows the two apart: the tags between them are the white space.
        first.starts + array("I", [first.ends[-1]]) + second.starts,
        first.ends + array("I", [second.starts[0]]) + second.ends,
    )
    return Block("line", letters, value.within | {KEYED}, value.linked, value.level)
