"""What of a page is the announcement: noise is cut by named rules, and every cut is reported.

The words of the rules are the lexicon's (`noise`), so that the same rules serve HTML and text copied without mark-up;
without a lexicon the rules that need no words remain. For HTML, Trafilatura is asked as well which text is the main
one. A sentence is kept in doubt: it is what the reader is here for. What tells an outlet or a date is cut only into
`metas`, so that it can still be quoted.

>>> from mithaq.wire.announcement.page import read_page
>>> page = read_page(b"Accord signed\\n\\nAccord signed\\n\\nThe chair told members what it will do.")
>>> cleaned = clean(page, None)
>>> cleaned.text
'Accord signed\\n\\nThe chair told members what it will do.'
>>> [(page.source[each.start : each.end], each.rule) for each in cleaned.removed]
[('Accord signed', 'doubled')]
"""

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from mithaq.wire.announcement.draft import Removed
from mithaq.wire.announcement.fact_rows import join_rows
from mithaq.wire.announcement.folded import fold_text, fold_word
from mithaq.wire.announcement.lexicon import Lexicon, compile_phrases
from mithaq.wire.announcement.lines import FULL_STOP, WORD, Line
from mithaq.wire.announcement.main_text import read_main_text
from mithaq.wire.announcement.page import KEYED, BlockKind, Meta, Page
from mithaq.wire.announcement.page_parts import ARTICLE, DATED, OUTSIDE, PARTS

__all__ = ["Cleaned", "Span", "clean"]


class Span(NamedTuple):
    """A block of the cleaned text: where it stands there, what it is, the level of a heading or a list, and its key."""

    kind: BlockKind
    start: int
    end: int
    level: int
    key: int = 0


class Cleaned(NamedTuple):
    """The announcement's text, blocks parted by an empty line, items of a list by a line's end.

    `starts` and `ends` give for each code point of `text` the half-open range of the source; `removed` is sorted and
    does not overlap.
    """

    text: str
    starts: "array[int]"
    ends: "array[int]"
    blocks: list[Span]
    removed: list[Removed]
    metas: list[Meta]


def clean(page: Page, lexicon: Lexicon | None) -> Cleaned:
    """The page without its noise. Raises nothing that `read_page` did not."""
    lines = [Line(number, block) for number, block in enumerate(join_rows(page.blocks, lexicon))]
    metas = _Cleaner(page, lexicon, lines).clean()
    return _write(page, lines, metas)


def _write(page: Page, lines: Sequence[Line], metas: list[Meta]) -> Cleaned:
    parts: list[str] = []
    starts, ends = array("I"), array("I")
    spans: list[Span] = []
    cuts = list(page.hidden)
    for line in lines:
        cuts += line.cuts
        if line.rule:
            cuts.append((*line.block.letters.place, line.rule))
            continue
        if spans:
            joint = "\n" if line.kind == "item" == spans[-1].kind else "\n\n"
            parts.append(joint)
            starts.extend([ends[-1]] * len(joint))
            ends.extend([ends[-1]] * len(joint))
        spans.append(
            Span(line.kind, len(starts), len(starts) + len(line.letters.text), line.block.level, line.block.key)
        )
        parts.append(line.letters.text)
        starts.extend(line.letters.starts)
        ends.extend(line.letters.ends)
    return Cleaned("".join(parts), starts, ends, spans, _parted(cuts), metas)


def _parted(cuts: Iterable[tuple[int, int, str]]) -> list[Removed]:
    """The ranges in order, each beginning where the one before has ended."""
    removed: list[Removed] = []
    reached = 0
    for start, end, rule in sorted(cuts):
        if end > max(start, reached):
            removed.append(Removed(max(start, reached), end, rule))
            reached = end
    return removed


_SEPARATOR = re.compile(r"(?:^|\s)(?:[|/>\\·•»›→←]|::|>>)(?=\s|$)")
_CLOCK = re.compile(r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{4}-\d{2}-\d{2}\b")
_YEAR = re.compile(r"\b(?:19|20|21)\d\d\b")
_CONTACT = re.compile(r"[\w.+-]{1,60}@[\w-]{1,60}\.\w|\+\d[\d ()-]{6,}\d|\bwww\.|https?:")
_NAME_JOINTS = 3


class _Cleaner:
    """The rules in their order, over all lines of a page."""

    def __init__(self, page: Page, lexicon: Lexicon | None, lines: list[Line]) -> None:
        self.page = page
        self.lexicon = lexicon
        self.lines = lines
        self.metas: list[Meta] = []

    def clean(self) -> list[Meta]:
        """Marks what is to be cut; returns the page's metas and what of the cut lines tells an outlet or a date."""
        for line in self.lines:
            if not any(map(str.isalpha, line.folded)) and not _CLOCK.search(line.folded):
                line.cut("no-words")
        if self.page.html:
            self._cut_parts()
        self._mark_times()
        self._cut_by_words()
        self._cut_sections()
        self._cut_site_names()
        self._cut_edges()
        self._cut_doubled()
        if self.page.html:
            self._cut_beside_main()
        else:
            self._mark_headings()
        return [*self.page.metas, *self.metas]

    def _kept(self) -> list[Line]:
        return [line for line in self.lines if not line.rule]

    def _fresh(self, line: Line) -> bool:
        """Whether an empty line, or in HTML any element, parts it from the line before."""
        if not line.number or self.page.html:
            return True
        before = self.lines[line.number - 1].block.letters.place[1]
        return self.page.source.count("\n", before, line.block.letters.place[0]) > 1

    # By the page's own structure

    def _cut_parts(self) -> None:
        total = sum(len(line.folded) for line in self.lines if line.sentence)
        within: dict[str, int] = {}
        for line in self.lines:
            if line.sentence:
                for word in line.block.within & (PARTS.keys() | OUTSIDE.keys()):
                    within[word] = within.get(word, 0) + len(line.folded)
        # A wrapper may be called "has-sidebar": where much of the text stands in it, it says nothing.
        much = {word for word, length in within.items() if length * 5 > total * 2 and word not in {"nav", "footer"}}
        for line in self.lines:
            words = line.block.within - much
            if line.kind == "caption":
                line.cut("photo-caption")
            for word in sorted(words & OUTSIDE.keys()):
                line.cut(OUTSIDE[word])
            for word in sorted(words & PARTS.keys()):
                if not line.sentence and not (line.kind == "heading" and line.block.level == 1):
                    line.cut(PARTS[word])
            if line.rule == "site-name" and len(line.words) <= 6:
                self.metas.append(Meta("site", line.letters))
            elif line.rule == "byline":
                self._tell_date(line)
            elif line.rule == "footer" and self._is_copyright(line):
                self._tell_site(line)

    def _mark_times(self) -> None:
        """A line that is a date and little else; it stays, as what it is."""
        for line in self._kept():
            if line.kind in {"line", "paragraph", "heading", "time"} and len(line.words) <= 12 and not line.sentence:
                named = line.block.within & DATED or self._begins("published", line)
                if (named and _YEAR.search(line.folded)) or (len(line.words) <= 9 and _CLOCK.search(line.folded)):
                    line.kind = "time"

    # By the lexicon's words

    def _pattern(self, *names: str) -> re.Pattern[str] | None:
        if not self.lexicon:
            return None
        phrases = [entry.match for name in names for entry in self.lexicon.lists.get(f"noise.{name}", ())]
        return compile_phrases(phrases, self.lexicon.clitics) if phrases else None

    def _find(self, name: str, line: Line) -> re.Match[str] | None:
        pattern = self._pattern(name)
        return pattern.search(line.folded) if pattern else None

    def _begins(self, name: str, line: Line) -> re.Match[str] | None:
        """The phrase at the beginning of a line, whatever marks stand before it."""
        found = self._find(name, line)
        return found if found and not WORD.search(line.folded, 0, found.start()) else None

    def _left(self, folded: str, *names: str) -> int:
        """How many words are left without the phrases, numbers and single letters; at least one if there is none."""
        pattern = self._pattern(*names)
        rest, found = pattern.subn(" ", folded) if pattern else (folded, 0)
        left = [word for word in WORD.findall(rest) if len(word) > 1 and not word.isdigit()]
        return len(left) if found else max(1, len(left))

    def _cut_by_words(self) -> None:
        tests: tuple[tuple[str, Callable[[Line], bool]], ...] = (
            ("cookie-notice", lambda line: len(line.words) <= 80 and bool(self._find("cookies", line))),
            ("copyright", self._is_copyright),
            ("advertising", lambda line: not self._left(line.folded, "advertising")),
            ("end-mark", lambda line: not self._left(line.folded, "endings")),
            ("updated", self._is_updated),
            ("relative-time", self._is_relative),
            ("photo-caption", self._is_caption),
            ("byline", self._is_byline),
            ("tags", self._is_tags),
            ("related", self._is_related),
            ("subscription", lambda line: len(line.words) <= 30 and bool(self._begins("subscription", line))),
            ("share", lambda line: self._is_whole(line, "share")),
            ("button", lambda line: self._is_whole(line, "buttons", "share")),
            ("comments", lambda line: self._is_whole(line, "comments")),
            ("navigation", lambda line: self._is_whole(line, "navigation", "buttons", "share", "rubrics")),
            ("breadcrumb", self._is_breadcrumb),
            (
                "contact",
                lambda line: len(line.words) <= 14 and not line.sentence and bool(_CONTACT.search(line.folded)),
            ),
        )
        text_begun = False
        for line in self._kept():
            rule = next((rule for rule, holds in tests if holds(line)), "")
            if rule:
                line.cut(rule)
            if rule == "copyright":
                self._tell_site(line)
            elif rule in {"byline", "relative-time", "button"} and not text_begun:
                self._tell_date(line)
            text_begun = text_begun or (not rule and line.sentence)

    def _is_whole(self, line: Line, *names: str) -> bool:
        """Whether the line is nothing but such phrases; of cells side by side, most of them."""
        if line.sentence or len(line.words) > 30 or (line.kind == "item" and not self.page.html):
            return False
        cells = self._cells(line)
        if len(cells) > 2:
            return sum(not self._left(cell, *names) for cell in cells) * 2 > len(cells)
        # A single word such as "Economy" may be what the chair speaks of.
        return not self._left(line.folded, *(name for name in names if name != "rubrics"))

    def _cells(self, line: Line) -> list[str]:
        """The parts of a line that wide gaps or upright strokes hold apart."""
        text, starts, ends = line.letters.text, line.letters.starts, line.letters.ends
        places = [0]
        for at, letter in enumerate(text):
            wide = letter == " " and not self.page.html and ends[at] - starts[at] > 1
            if letter == "|" or (wide and "\n" not in self.page.source[starts[at] : ends[at]]):
                places.append(at)
        cells = (fold_word(text[a:b]).strip(" |") for a, b in zip(places, [*places[1:], len(text)], strict=True))
        return [cell for cell in cells if cell]

    def _is_copyright(self, line: Line) -> bool:
        if len(line.words) > 60:
            return False
        return bool(self._find("copyright", line)) or bool(re.match(r"\W*(?:©|\(c\)|\(с\))\s*\d{4}", line.folded))

    def _is_updated(self, line: Line) -> bool:
        dated = _YEAR.search(line.folded) or _CLOCK.search(line.folded)
        return bool(dated) and len(line.words) <= 12 and not line.sentence and bool(self._begins("updated", line))

    def _is_relative(self, line: Line) -> bool:
        if len(line.words) > 10 or not self._find("relative_times", line):
            return False
        left = self._left(line.folded, "relative_times")
        return left == 0 or (left <= 3 and not FULL_STOP.search(line.folded))

    def _is_caption(self, line: Line) -> bool:
        found = self._begins("captions", line)
        if found and re.match(r"\s?[:/|]", line.folded[found.end() :]):
            return True
        if self._begins("photos", line) and (not line.sentence or ":" in line.folded[:40]):
            return True
        credit = line.folded.startswith("©") and len(line.words) <= 10 and not _YEAR.search(line.folded)
        if credit and line.number > 1 and not self.page.html:
            above = self.lines[line.number - 1]
            if not self._fresh(line) and not above.ended and len(above.words) <= 25:
                above.cut("photo-caption")
        return credit

    def _is_byline(self, line: Line) -> bool:
        if len(line.words) > 16 or line.sentence:
            return False
        found = self._begins("bylines", line) or self._begins("by", line)
        if found and line.folded[found.end() :].lstrip().startswith(":"):
            return True
        found = self._begins("by", line)
        if not found:
            return False
        # Names: words with capitals, where the script has any, but for short joints, and no number.
        words = WORD.findall(line.letters.text, fold_text(line.letters.text).at[found.end()])
        lower = [word for word in words if word[0].islower()]
        short = all(len(word) <= _NAME_JOINTS for word in lower) and len(lower) * 3 <= len(words)
        return 0 < len(words) <= 8 and short and not any(map(str.isdigit, words))

    def _is_tags(self, line: Line) -> bool:
        words = line.letters.text.split()
        if all(word.startswith("#") and len(word) > 1 for word in words):
            return True
        found = self._begins("tags", line)
        if found and not line.sentence:
            rest = line.folded[found.end() :].lstrip()
            return rest.startswith((":", "#")) or not WORD.search(rest)
        found = self._begins("topics", line)
        rest = line.folded[found.end() :].lstrip() if found else ""
        return rest.startswith(":") and not line.sentence and bool(re.search(r"[,;|#]", rest))

    def _is_related(self, line: Line) -> bool:
        found = self._begins("related", line)
        if not found or len(line.words) > 30:
            return False
        rest = line.folded[found.end() :].lstrip()
        return rest.startswith((":", "-", ">", "»", "|")) or not WORD.search(rest)

    def _is_breadcrumb(self, line: Line) -> bool:
        if line.sentence or len(line.words) > 24 or line.kind in {"time", "item"}:
            return False
        parts = [part for part in _SEPARATOR.split(line.letters.text) if part.strip()]
        if len(parts) > 2 and all(len(part.split()) <= 5 for part in parts):
            return not FULL_STOP.search(line.folded)
        return len(parts) > 1 and bool(self._begins("home", line))

    # By what stands around

    def _label(self, line: Line) -> str:
        """What list a line stands above, if it does."""
        if line.rule in {"related", "tags"}:
            found = self._begins(line.rule, line)
            return line.rule if found and not WORD.search(line.folded, found.end()) else ""
        if line.rule == "comments" and self._find("comment_sections", line):
            return "comments"
        return "footer" if line.rule == "copyright" else ""

    def _cut_sections(self) -> None:
        """Lists below a label: related links, the most read, tags; all that follows comments or a copyright line."""
        total = sum(len(line.folded) for line in self.lines if not line.rule and line.sentence)
        read = 0
        rule = label = tail = ""
        for line in self.lines:
            above, label = label, self._label(line)
            if tail:
                line.cut(tail)
            elif label in {"comments", "footer"}:
                tail = label if read * 5 > total * (3 if label == "comments" else 4) else ""
            elif label:
                rule = label
            elif rule and not line.rule:
                heading = line.kind == "heading" and self._fresh(line) and not above
                prose = self.page.html and not (line.linked or line.kind in {"item", "line", "time"})
                if line.sentence or heading or prose:
                    rule = ""
                else:
                    line.cut(rule)
            if not line.rule and line.sentence:
                read += len(line.folded)

    def _cut_edges(self) -> None:
        """Menus of a text copied without mark-up: groups of short lines before the first sentence or after the last."""
        sentences = [line.number for line in self.lines if line.sentence and not line.rule]
        if self.page.html or not sentences:
            return
        for group in self._groups():
            begins, ends = group[-1].number < sentences[0], group[0].number > sentences[-1]
            if not (begins or ends):
                continue
            marked = any(line.rule in {"navigation", "breadcrumb", "button", "site-name"} for line in group)
            left = [line for line in group if not line.rule]
            short = [
                line for line in left if line.kind in {"line", "heading"} and len(line.words) <= 4 and not line.ended
            ]
            short = [line for line in short if not any(map(str.isdigit, line.folded))]
            above = self.lines[group[0].number - 1] if group[0].number else None
            listed = above is not None and not above.rule and above.folded.endswith(":")
            if not listed and (marked or (begins and len(short) >= 4 and len(short) == len(left))):
                for line in short:
                    line.cut("navigation")

    def _groups(self) -> list[list[Line]]:
        groups: list[list[Line]] = []
        for line in self.lines:
            if not groups or self._fresh(line):
                groups.append([])
            groups[-1].append(line)
        return groups

    def _cut_site_names(self) -> None:
        names = {fold_word(meta.letters.text).strip() for meta in self.page.metas if meta.name == "site"}
        for line in self._kept():
            if line.folded.strip() in names and line.block.level != 1:
                line.cut("site-name")
        # Without a menu the first line of a copied text is its headline.
        menu = any(line.rule in {"navigation", "breadcrumb", "button"} for line in self.lines[:12])
        if not names and (menu or self.page.html):
            self._find_outlet()

    def _find_outlet(self) -> None:
        """The line at the top that names the outlet, if its words are such as outlets have."""
        for line in self.lines[: 12 if self.page.html else 3]:
            if line.sentence or line.block.level == 1 or (line.kind == "heading" and not self.page.html):
                return
            short = not line.rule and len(line.words) <= 10 and not line.block.within & ARTICLE
            found = self._begins("outlets", line) if short and not self._repeated(line) else None
            if not found:
                continue
            bare = not WORD.search(line.folded, found.end())
            above = self.lines[line.number - 1] if bare and line.number and not self.page.html else None
            named = line
            if above and not above.rule and not above.ended and not self._fresh(line) and len(above.words) <= 6:
                above.cut("site-name")
                named = above
            line.cut("site-name")
            self.metas.insert(0, Meta("site", named.letters))
            return

    def _mark_headings(self) -> None:
        """A short line above a list or a paragraph, now that what stood between is cut."""
        kept = self._kept()
        for line, below in pairwise(kept):
            short = line.kind == "line" and len(line.folded) <= 160 and not line.ended
            if short and (below.kind == "item" or (below.ended and len(below.folded) > len(line.folded))):
                line.kind = "heading"

    def _repeated(self, line: Line) -> bool:
        return sum(other.words == line.words for other in self.lines[:40]) > 1

    def _cut_doubled(self) -> None:
        first: dict[tuple[str, ...], Line] = {}
        last = None
        everything = ""
        pulled = 0
        for line in self._kept():
            self._cut_second_half(line)
            key = tuple(line.words)
            seen = first.setdefault(key, line)
            if seen is not line and (len(key) > 2 or seen is last):
                line.cut("doubled")
                if line.kind == "heading" and seen.kind in {"line", "paragraph"}:
                    seen.kind = "heading"
            elif len(key) > 3 and line.folded.rstrip().endswith(("…", "...")) and self._goes_on(line):
                line.cut("doubled")
            elif line.block.within & {"blockquote", "pull", "pullquote"} and len(key) > 3 and pulled < _PULLED:
                pulled += 1
                everything = everything or " ".join(word for other in self._kept() for word in (*other.words, "|"))
                if everything.count(" ".join(key)) > 1:
                    line.cut("doubled")
            if not line.rule:
                last = line

    def _goes_on(self, line: Line) -> bool:
        """Whether another of the first lines says in full what this one breaks off."""
        size = len(line.words)
        return any(other.words[:size] == line.words and len(other.words) > size for other in self._kept()[:40])

    def _cut_second_half(self, line: Line) -> None:
        """A headline that a copy has twice in one line."""
        half, odd = divmod(len(line.words), 2)
        if odd or half < 3 or line.words[:half] != line.words[half:]:
            return
        places = [found.start() for found in WORD.finditer(line.folded)]
        at = fold_text(line.letters.text).at[places[half]]
        end = line.letters.place[1]
        line.letters = line.letters.part(0, at)
        line.cuts.append((line.letters.place[1], end, "doubled"))
        line.words = line.words[:half]

    # By Trafilatura

    def _cut_beside_main(self) -> None:
        """Cuts what neither stands in the page's article, nor is main text to Trafilatura, nor is a sentence."""
        cell = self._main_cell()
        if cell:
            self._keep_main(lambda line: cell in line.block.within)
            return
        self._cut_above_title()
        main = read_main_text(self.page.source)
        has_article = any(line.block.within & ARTICLE for line in self.lines)
        if main:
            self._keep_main(
                lambda line: main.holds(line.words) or (bool(line.block.within & ARTICLE) and not line.linked)
            )
        elif has_article:
            self._keep_main(lambda line: bool(line.block.within & ARTICLE))

    def _cut_above_title(self) -> None:
        """Cuts what stands above the page's title, where nearly all sentences stand below it."""
        kept = self._kept()
        title = next((line.number for line in kept if line.kind == "heading" and line.block.level == 1), 0)
        above = [line for line in kept if line.number < title and not line.block.within & ARTICLE]
        if sum(line.sentence for line in above) * 4 < sum(line.sentence for line in kept):
            for line in above:
                if not line.sentence and line.kind != "time" and KEYED not in line.block.within:
                    line.cut("not-main")

    def _main_cell(self) -> str:
        """The innermost cell with most of the sentences, of a page that is laid out as a table; empty for others."""
        letters: dict[str, int] = {}
        total = 0
        for line in self._kept():
            if line.sentence:
                total += len(line.folded)
                for word in line.block.within:
                    if word.startswith("cell "):
                        letters[word] = letters.get(word, 0) + len(line.folded)
        cells = [word for word, length in letters.items() if length * 3 > total * 2]
        return max(cells, key=lambda word: int(word[5:]), default="")

    def _keep_main(self, holds: Callable[[Line], bool]) -> None:
        below = False
        kept = self._kept()
        marks = [holds(line) or line.sentence for line in kept]
        for place in range(len(kept) - 1, -1, -1):
            line = kept[place]
            # A heading belongs to what it stands above; a date line to the article that follows.
            titled = line.kind == "heading" and (line.block.level == 1 or below)
            stamped = line.kind == "time" and any(marks[place + 1 : place + 4])
            if not (marks[place] or titled or stamped or KEYED in line.block.within):
                line.cut("not-main")
            below = not line.rule

    # What cut lines still tell

    def _tell_date(self, line: Line) -> None:
        text = line.letters.text
        at = 0
        for part in re.split(r"[|·•]", text):
            folded = fold_word(part)
            pattern = self._pattern("relative_times")
            if _YEAR.search(folded) or (pattern and pattern.search(folded)):
                letters = line.letters.part(at, at + len(part))
                if letters.text:
                    self.metas.append(Meta("published", letters))
            at += len(part) + 1

    def _is_outlet(self, folded: str) -> bool:
        pattern = self._pattern("outlets")
        return pattern is not None and pattern.match(folded) is not None

    def _tell_site(self, line: Line) -> None:
        """The name in a copyright line: what is left of its clause without the phrases and the year."""
        folded = fold_text(line.letters.text)
        pattern = self._pattern("copyright")
        blank = re.sub(r"\(c\)|\(с\)|©|\b\d{4}\b", lambda found: "\0" * len(found[0]), folded.text)
        if pattern:
            blank = pattern.sub(lambda found: "\0" * len(found[0]), blank)
        at = 0
        clauses = blank.split(".")
        for clause, behind in zip(clauses, [*clauses[1:], ""], strict=True):
            names = re.findall(r"[^\0,;:|()]+", clause)
            name = max((name.strip(" -") for name in names), key=len, default="")
            # "Official site of the Ministry. Reproduction is permitted with a link."
            owner = "\0" in clause or ("\0" in behind and self._is_outlet(name))
            if owner and name and len(name.split()) <= 8 and WORD.search(name):
                start = at + clause.index(name)
                self.metas.append(Meta("owner", line.letters.part(*folded.span(start, start + len(name)))))
                return
            at += len(clause) + 1


_PULLED = 50
