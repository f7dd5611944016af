"""Announcements that nobody wrote: random bytes, corpus texts cut and spliced, broken mark-up, the same thing repeated.

Each is made from a number alone, so that a campaign's finding can be made again.
"""

import functools
import random
from collections.abc import Callable
from pathlib import Path

__all__ = ["KINDS", "make", "repeated"]

FIRST = Path(__file__).parent / "first"

TRIGGERS = (
    "we will ", "We will strengthen trust. ", "to strengthen ", "our priority is to ", "the motto is ",
    "under the motto ", "takes over the chairmanship ", "from Malta to Norway ", "published on the website of the ",
    "the minister said ", "мы будем ", "Мы намерены укреплять доверие. ", "укрепление доверия и ",
    "нашим приоритетом станет ", "под девизом ", "примет председательство в ", "от Мальты к Норвегии ",
    "по словам министра ", "с 1 января 2032 года ", "سنعمل على ", "وسنعمل على تعزيز الثقة. ", "تعزيز الثقة و",
    "أولويتنا هي ", "تحت شعار ", "تتسلم رئاسة ", "من مالطا إلى النرويج ", "وقال وزير الخارجية ", "اعتبارا من 1 يناير ",
)  # fmt: skip
COUNTRIES = (
    "Kazakhstan", "Malta, ", "Papua New Guinea and ", "the United Kingdom ", "Казахстан", "Мальта, ", "в Киргизии и ",
    "Объединённые Арабские Эмираты ", "كازاخستان", "مالطا، ", "والنرويج ", "الإمارات العربية المتحدة ", "OSCE ",
    "ОДКБ ",
)  # fmt: skip
DATES = (
    "1 January 2032 ", "01.01.2032 ", "2032-01-01T00:00Z ", "2032 ", "31/12/2032, ", "from 1 to 3 January 2032 ",
    "2 hours ago ", "1 января 2032 года ", "в январе ", "с первого января ", "1 يناير 2032 ", "١ محرم ١٤٥٤ هـ ",
    "قبل ساعتين ", "1.1.1.1.", "99:99 ",
)  # fmt: skip
MARKS = (
    "«", "»", "“", "”", "„", '"', "'", "’", "‘", "(", ")", "[", "]", "—", "–", "-", ":", ";", ",", "،", "؛", ".", "...",
    "…", "!", "؟", "•", "\n", "\n\n", "\t", "\r", "/", "|", "@", "#", "{", "}", "_", "*", "~",
)  # fmt: skip
UNSEEN = (
    "\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202e", "\u2066", "\u2067", "\u2069", "\ufeff", "\u00ad",
    "\u200b", "\u200d", "\u061c", "\u0640", "\u0301", "\u0306", "\u064b", "\u0651", "\u20dd", "\ufe0f", "\u0000",
    "\u0001", "\u0085", "\u2028", "\ud7ff", "\ue000", "\ue700", "\ue900", "\uf8ff", "\ufffd", "\U000f0000", "\u0130",
    "\ufb01", "ﷺ", "𝟛", "①",
)  # fmt: skip
MARKUP = (
    "<p>", "</p>", "<div class='share related tags'>", "</div>", "<ul>", "<li>", "</ul>", "<h1>", "</h1>", "<b>",
    "</i>", "<a href=x>", "</a>", "<table><tr><td>", "</td>", "</table>", "<!--", "-->", "<script>", "</script>",
    "<style>", "<title>", "</title>", "<meta property='og:site_name' content='", "'>", '">',
    "<time datetime=2032-01-01>", "</time>", "<br>", "<br/>", "<", ">", "&", "&amp;", "&amp", "&#", "&#x41;",
    "&#99999999;", "&nbsp;", "&laquo;", "&rlm;", "<?xml", "<![CDATA[", "]]>", "<svg>", "<p hidden>", "<article>",
    "<main>", "<aside>", "<blockquote>", "<p style='display:none'>", "<html lang=ar dir=rtl>", "<body>", "<option>",
    "<script type='application/ld+json'>{\"datePublished\":\"2032\",\"publisher\":[[[{", "<template>", "<textarea>",
    "<plaintext>",
)  # fmt: skip
PIECES = (TRIGGERS, COUNTRIES, DATES, MARKS, UNSEEN, MARKUP)


@functools.cache
def corpus() -> tuple[bytes, ...]:
    """The six texts."""
    return tuple(path.read_bytes() for path in sorted(FIRST.iterdir()) if path.suffix in {".txt", ".html"})


def _noise(chance: random.Random) -> bytes:
    data = chance.randbytes(chance.randrange(2000))
    return chance.choice((b"", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"<meta charset=iso-8859-6>")) + data


def _cut(chance: random.Random) -> bytes:
    data = chance.choice(corpus())
    start = chance.randrange(len(data))
    return data[start : start + chance.randrange(4000)]


def _spliced(chance: random.Random) -> bytes:
    return b"".join(_cut(chance)[: chance.randrange(1200)] for _ in range(chance.randrange(1, 6)))


def _mutated(chance: random.Random) -> bytes:
    data = bytearray(_cut(chance) or b"-")
    for _ in range(chance.randrange(1, 40)):
        at = chance.randrange(len(data))
        data[at : at + chance.choice((0, 0, 1, 1, 9))] = (
            chance.choice(
                (chance.randbytes(1), _piece(chance).encode("utf-8", "replace"), bytes(data[at : at + 20]), b"")
            )
            or b" "
        )
    return bytes(data)


def _piece(chance: random.Random) -> str:
    return chance.choice(chance.choice(PIECES))


def _mixture(chance: random.Random) -> bytes:
    made = "".join(_piece(chance) for _ in range(chance.randrange(1, 250)))
    return made.encode(chance.choice(("utf-8", "utf-8", "utf-8", "utf-16", "cp1251", "cp1256")), "replace")


def _markup(chance: random.Random) -> bytes:
    made = (chance.choice(MARKUP) if chance.random() < 0.6 else _piece(chance) for _ in range(chance.randrange(1, 300)))
    return ("<html><body>" + "".join(made)).encode("utf-8", "replace")


def _nested(chance: random.Random) -> bytes:
    name = chance.choice(("div", "b", "ul><li", "table><tr><td", "blockquote", "a", "font", "span", "p"))
    depth = chance.choice((10, 100, 500, 600, 3000))
    inner = "".join(_piece(chance) for _ in range(20))
    return (f"<{name}>" * depth + inner + f"</{name}>" * chance.choice((0, depth, depth // 2))).encode(
        "utf-8", "replace"
    )


def _again(chance: random.Random) -> bytes:
    pieces = [_piece(chance) for _ in range(chance.randrange(1, 4))]
    return repeated("".join(pieces), chance.choice((500, 2000, 2000, 6000)))


def _long(chance: random.Random) -> bytes:
    letter = chance.choice('aаا1."«&<-\u0301\u0640\u202bЁİ')
    before, after = (chance.choice(TRIGGERS) for _ in range(2))
    return (before + letter * chance.choice((300, 3000, 9000)) + after).encode()


def _in_sentences(chance: random.Random) -> bytes:
    """Whole sentences of the corpus with other pieces between their words."""
    words = chance.choice(corpus()).decode("utf-8", "replace").split()
    at = chance.randrange(len(words))
    made = []
    for word in words[at : at + chance.randrange(20, 400)]:
        made.append(word)
        if chance.random() < 0.15:
            made.append(_piece(chance).strip())
    return " ".join(made).encode("utf-8", "replace")


KINDS: dict[str, Callable[[random.Random], bytes]] = {
    "noise": _noise,
    "cut": _cut,
    "spliced": _spliced,
    "mutated": _mutated,
    "mixture": _mixture,
    "markup": _markup,
    "nested": _nested,
    "again": _again,
    "long": _long,
    "in sentences": _in_sentences,
}


def make(kind: str, number: int) -> bytes:
    """The input of a kind with a number; always the same."""
    return KINDS[kind](random.Random(f"{kind} {number}"))


def repeated(piece: str, letters: int, before: str = "") -> bytes:
    """A piece again and again, `letters` code points at most, behind some words that say which language it is."""
    return (before + piece * (letters // max(len(piece), 1) + 1))[:letters].encode("utf-8", "replace")
