"""Bytes to blocks: encodings, what a browser would show, places in the source, and that nothing hostile hurts."""

import html
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html

from mithaq.errors import Malformed
from mithaq.wire.announcement.page import MAX_INPUT_BYTES, MAX_TEXT, Page, decode_source, read_page

RUSSIAN = "Казахстан принимает председательство с 1 января 2032 года: «Доверие и развитие», — сказал министр Примеров."
ARABIC = "تتسلم كازاخستان رئاسة المنظمة اعتبارا من الأول من يناير، وتعلن أولوياتها: التنمية والأمن والثقة."
ENGLISH = "The chair said “trust” – naïve café people agree – and it’s time to strengthen it."

# Pieces of mark-up, good and bad, of which pages are made.
MARKUP = [
    "<p>",
    "</p>",
    "<div",
    'class="related-links">',
    "</div>",
    "<ul>",
    "<li>",
    "</ul>",
    "<b>",
    "</b>",
    "<i>",
    "</i>",
    "<br>",
    "<h1>",
    "</h1>",
    "<a",
    'href="x">',
    "</a>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<span",
    "hidden>",
    "</span>",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<article>",
    "</article>",
    "<time",
    'datetime="2031-01-02">',
    "</time>",
    "<title>",
    "</title>",
    "<pre>",
    "</pre>",
    "<svg>",
    "</svg>",
    "&amp;",
    "&nbsp;",
    "&lt",
    "&#1071;",
    "&#x;",
    "&copy",
    "&notit;",
    "&#1234567;",
    "<a",
    '"<p>',
    "<p",
    "a='x>",
    "<",
    "<1",
    "</>",
    "</",
    "<!",
    "<?",
    "<![CDATA[",
    "]]>",
    "<meta",
    "name=author",
    'content="a&amp;b">',
    "<li/>",
    "</p/>",
    "<script",
    'type=application/ld+json>{"author":{"name":"A\\u0431"}}</script>',
    "<body>",
    "<html",
    "lang=ru>",
    "<dl>",
    "<dt>",
    "<dd>",
]
SOUP = st.lists(
    st.one_of(
        st.sampled_from(MARKUP),
        st.sampled_from(
            [" ", "\n", "\r\n", "\u00a0", "слово", "كلمة", "word", "word.", "ـ", "\u200f", "\u0301", "é", "\0", "#tag"]
        ),
        st.text(max_size=4),
    ),
    max_size=40,
).map("".join)


def texts(data: bytes | str) -> list[tuple[str, str]]:
    page = read_page(data.encode() if isinstance(data, str) else data)
    return [(block.kind, block.letters.text) for block in page.blocks]


def try_page(data: bytes) -> Page | None:
    """The page, or None where it is refused as it may be."""
    try:
        return read_page(data)
    except Malformed as error:
        if error.code not in {"announcement-too-large", "announcement-too-deep", "announcement-empty"}:
            raise
        return None


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *(
            (RUSSIAN, each)
            for each in ("cp1251", "koi8-r", "cp866", "iso8859-5", "mac-cyrillic", "utf-16", "utf-16-be")
        ),
        *((ARABIC, each) for each in ("cp1256", "iso8859-6", "utf-8-sig", "utf-16-le", "utf-16-be")),
        *((ENGLISH, each) for each in ("cp1252", "utf-8", "utf-16-le")),
    ],
)
def test_an_encoding_that_nobody_names_is_found(text: str, encoding: str) -> None:
    data = text.encode(encoding, "ignore")
    assert decode_source(data) == data.decode(encoding)


@pytest.mark.parametrize(
    ("head", "codec"),
    [
        ('<meta charset="windows-1251">', "cp1251"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=KOI8-R">', "koi8-r"),
        ("<meta charset=x-mac-cyrillic>", "mac-cyrillic"),
        ("<?xml version='1.0' encoding='iso-8859-5'?>", "iso8859-5"),
        # To a browser Latin-1 is windows-1252, whatever the letters look like.
        ('<meta charset="iso-8859-1">', "cp1252"),
        # Not what it says: the letters decide.
        ('<meta charset="utf-8">', "cp1251"),
        ('<meta charset="no-such-thing">', "cp1251"),
        ('<meta charset="rot13">', "cp1251"),
    ],
)
def test_a_declared_encoding_counts_as_for_a_browser(head: str, codec: str) -> None:
    data = head.encode() + RUSSIAN.encode(codec if codec != "cp1252" else "cp1251", "ignore")
    assert decode_source(data) == data.decode(codec, "replace")


def test_utf_8_with_a_few_broken_bytes_stays_utf_8() -> None:
    assert decode_source(RUSSIAN.encode()[:40] + b"\xff" + RUSSIAN.encode()[40:]).startswith(RUSSIAN[:15])


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<p>a<p>b", [("paragraph", "a"), ("paragraph", "b")]),
        ("<ul><li>a<li>b<ul><li>c</ul><li>d</ul>", [("item", each) for each in "abcd"]),
        ("<table><tr><td>a<td>b<tr><th>c</table>", [("line", each) for each in "abc"]),
        ("<h2>A <i>b</i></h2><div>c", [("heading", "A b"), ("line", "c")]),
        ("<p><b>Heading</b></p><p><b>Said</b> so.</p>", [("heading", "Heading"), ("paragraph", "Said so.")]),
        ("<figure><figcaption>a</figcaption></figure>b<br>c", [("caption", "a"), ("line", "b"), ("line", "c")]),
        (
            "<p>To do:<br>- trust;<br>- trade.</p>",
            [("paragraph", "To do:"), ("item", "- trust;"), ("item", "- trade.")],
        ),
        ("<time>2 hours</time><p>x", [("time", "2 hours"), ("paragraph", "x")]),
        (
            "a<script>b</script>c<!-- d -->e<style>f</style><b hidden>g</b>h<p style='display: none'>i</p>",
            [("line", "aceh")],
        ),
        (
            "<p>a&nbsp;&nbsp;b &laquo;c&raquo; &amp;lt; &notit; &#1071;&#x42f</p>",
            [("paragraph", "a b «c» &lt; ¬it; ЯЯ")],
        ),
        ("<pre>One line\nanother</pre>", [("line", "One line"), ("line", "another")]),
        ("1 < 2 <b>and</b> 3 > 2 <", [("line", "1 < 2 and 3 > 2 <")]),
        ("<p>a</b>b</i>c</p></p>d", [("paragraph", "abc"), ("line", "d")]),
        ("<p>a<textarea><p>b</textarea>c</p><svg><text>d</text></svg>", [("paragraph", "ac")]),
    ],
)
def test_blocks_are_what_a_browser_shows(source: str, shown: list[tuple[str, str]]) -> None:
    assert texts(f"<!doctype html>{source}") == shown


def test_plain_text_has_headings_items_and_whole_paragraphs() -> None:
    source = """Kazakhstan takes the chair

Astana, 1 January. The chair passes to Kazakhstan, which said that it
will work on the early warning of epidemics and on trade, and that its
neighbours, among them Prof. Example, are welcome. It named as tasks:
- trust among members, which nobody should take for granted, least of
all the chair;
2) trade.
\u0661- \u0627\u0644\u0623\u0645\u0646
\u2014 We shall see, \u2014 said the minister.
"""
    assert [kind for kind, _ in texts(source)] == ["heading", "paragraph", "item", "item", "item", "paragraph"]
    assert texts(source)[2][1] == "- trust among members, which nobody should take for granted, least of all the chair;"


def test_lines_that_nobody_wrapped_stay_apart() -> None:
    lines = [
        "Strengthen the early warning of epidemics in all members",
        "Bring trade back to the villages on the border",
    ]
    assert [text for _, text in texts("\n".join(lines))] == lines


def test_a_page_says_its_site_date_title_author_and_language() -> None:
    page = read_page(
        b"""<html lang="ru"><title>T &amp; t</title><meta property="og:site_name" content="Agency &quot;A&quot;">
        <meta content="2031-11-28T10:00" property="article:published_time"><script type="application/ld+json">
        {"comment": [{"author": "nobody"}], "headline": "H\\u0065", "publisher": {"logo": {"name": 1}, "name": "P"},
        "author": [{"name": "N"}], "broken": </script><p>x <time itemprop=datePublished datetime=2031>y</time>"""
    )
    assert [(meta.name, meta.letters.text) for meta in page.metas] == [
        ("language", "ru"), ("title", "T & t"), ("site", 'Agency "A"'), ("published", "2031-11-28T10:00"),
        ("title", "He"), ("site", "P"), ("author", "N"), ("published", "2031"),
    ]  # fmt: skip
    assert [page.source[slice(*meta.letters.place)] for meta in page.metas][2] == "Agency &quot;A&quot;"


def hostile() -> Iterator[tuple[str, str]]:
    """Inputs on which careless readers take the square of their size."""
    size = MAX_INPUT_BYTES // 4
    for piece in (
        "<",
        "<a ",
        "<p>",
        "<!--",
        "</b>",
        "<b><i>",
        '<p a="',
        "&",
        "&#",
        "<script>",
        "\n",
        "<ul><li></ul>",
        "a=' ",
    ):
        yield piece, "<p>x" + piece * (size // len(piece) - 4)
    yield "stray ends", "<p>" + "<b>" * 400 + "x" + "</i>" * 100_000
    yield "items far below their list", "<ul><li>" + "<div>" * 400 + "x<li></li>" * 15_000
    yield "JSON", '<p>x<script type="ld+json">' + '{"a":' * 200_000
    yield "unclosed strings", '<p>x<script type="ld+json">' + '"\\' * 200_000
    yield "one word", "x" * (MAX_TEXT - 100)
    yield "classes", f"<div class='{'shareTag ' * 20}'>x</div>" * 8_000


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in hostile()])
def test_hostile_input_takes_no_more_than_linear_time(source: str) -> None:
    begun = time.process_time()
    try_page(source.encode())
    assert time.process_time() - begun < 8  # the square of it would be an hour


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"x" * (MAX_INPUT_BYTES + 1), "announcement-too-large"),
        (b"ab " * (MAX_TEXT // 3 + 2), "announcement-too-large"),
        (b"<p>" + b"a " * MAX_TEXT, "announcement-too-large"),
        (b"<div>" * 600 + b"x", "announcement-too-deep"),
        (b"", "announcement-empty"),
        (b" \n\xe2\x80\x8f", "announcement-empty"),
        (b"<p><script>x</script>", "announcement-empty"),
    ],
)
def test_limits_are_said(data: bytes, code: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_page(data)
    assert caught.value.code == code


def test_inline_elements_left_open_are_no_depth() -> None:
    assert texts("<p>" + "<font>" * 2_000 + "x") == [("paragraph", "x")]


@given(st.binary(max_size=300))
def test_no_bytes_break_it(data: bytes) -> None:
    try_page(data)


@given(SOUP)
def test_each_letter_is_at_its_place(source: str) -> None:
    page = try_page(source.encode())
    reached = 0
    for block in page.blocks if page else []:
        text, starts, ends = block.letters
        assert len(text) == len(starts) == len(ends)
        assert text == text.strip()
        assert "  " not in text
        assert list(starts) == sorted(starts)
        assert starts[0] >= reached
        reached = ends[-1]
        for letter, start, end in zip(text, starts, ends, strict=True):
            assert page is not None
            came = page.source[start:end]
            if letter == " ":
                # White space, a reference to some, or the line break that was one, with mark-up in between.
                assert came[0] in "&<" or came[0].isspace()
            else:
                assert letter == came or (page.html and letter in html.unescape(came))


TREES = st.recursive(
    st.one_of(
        st.text("abя عـ\u200f&<>\"' \n", max_size=6).map(lambda text: html.escape(text, quote=False)),
        st.sampled_from(
            ["<!-- no -->", "<script>no</script>", "<br>", "&nbsp;", "&laquo;", "&#1071;", "&#x42f;", "<img alt=no>"]
        ),
    ),
    lambda inner: st.builds(
        lambda name, parts: f"<{name}>{''.join(parts)}</{name.split()[0]}>",
        st.sampled_from(["div", "section", "b", "span class=x", "blockquote", "article id='a b'"]),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(TREES)
def test_the_text_is_that_of_another_parser(source: str) -> None:
    page = try_page(f"<html><body><div>{source}</div></body></html>".encode())
    tree = lxml_html.fromstring(f"<div>{source}</div>")
    foreign = "".join("".join(tree.xpath("//text()[not(parent::script)]")).split())
    if page:
        assert "".join("".join(block.letters.text.split()) for block in page.blocks) == foreign
    else:
        assert not any(map(str.isalnum, foreign))


@given(
    st.lists(st.sampled_from(["word", "слово", "كلمة.", "- a", " ", "\n", "\n\n", "1. ", "Home | News", "\r\n"])).map(
        "".join
    )
)
def test_plain_text_loses_nothing(source: str) -> None:
    page = try_page(source.encode())
    if page:
        seen = "".join("".join(block.letters.text.split()) for block in page.blocks)
        assert seen == "".join(source.split())
