"""The page of a draft: self-contained, escaped, linked both ways, and the right way round in three languages."""

import base64
import hashlib
import html
import re
import unicodedata

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml import html as parser

from mithaq.errors import Language
from mithaq.web.draft_page import draft_page
from mithaq.web.passages import header_fields, passages
from mithaq.web.programme_words import word
from mithaq.wire.announcement import Draft, Removed
from tests.announcement import drafts

HOSTILE = (
    "</p></mark><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"' onmouseover='alert(1)", "</style>",
    "{{ 7*7 }}{% raw %}", "&lt;b&gt; &amp; &#60;", "<!--", "]]>", "javascript:alert(1)", "</title><base href=//x>",
)  # fmt: skip


def page_of(draft: Draft, language: Language, source: str | None = None) -> parser.HtmlElement:
    made = draft_page(draft, drafts.source(draft) if source is None else source, language)
    # A browser mends what is wrong; this reader's tree must have nothing to mend.
    etree.fromstring(
        re.sub(r"<(meta)([^>]*)>", r"<\1\2/>", made.removeprefix("<!doctype html>").replace("&nbsp;", " "))
    )
    return parser.document_fromstring(made)


def text_of(node: parser.HtmlElement) -> str:
    return "".join(node.itertext())


def source_text(page: parser.HtmlElement) -> str:
    """The text as the page shows it, without the labels of marks."""
    paragraphs = page.xpath("//div[@class='text']/p")
    return "\n\n".join("".join(each.xpath(".//text()[not(parent::a)]")) for each in paragraphs)


@pytest.mark.parametrize("language", drafts.LANGUAGES)
@pytest.mark.parametrize("own", drafts.LANGUAGES)
def test_links_lead_from_every_quote_to_its_mark_and_back(own: str, language: Language) -> None:
    draft = drafts.draft(own)
    page = page_of(draft, language)
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in page.xpath("//a/@href")} <= set(ids)
    placed = {each.name for each in passages(draft)}
    assert {mark.removeprefix("s-") for mark in page.xpath("//mark/@id")} == placed
    for name in placed:
        assert page.xpath(f"//*[@id='d-{name}']//a[@href='#s-{name}']")
        assert page.xpath(f"//mark[@id='s-{name}']/a[@href='#d-{name}']")
    assert source_text(page) == draft.text


@pytest.mark.parametrize("language", drafts.LANGUAGES)
def test_the_page_says_everything_in_its_language(language: Language) -> None:
    draft = drafts.draft(language)
    page = page_of(draft, language)
    assert page.get("lang") == language
    for name, field in header_fields(draft):
        row = text_of(page.xpath(f"//*[@id='d-{name}']")[0])
        assert word(f"field.{name}", language) in row
        assert word(f"confidence.{field.confidence}", language) in row
        assert (field.value or word("absent-value", language)) in row
        assert (field.quote or "") in row
    for number, item in enumerate(draft.items, 1):
        row = text_of(page.xpath(f"//*[@id='d-{number}']")[0])
        assert item.text in row
        assert word(f"kind.{item.kind}", language) in row
        assert (word("not-operated", language) in row) is not item.operated
    removed = text_of(page.xpath("//details")[0])
    assert word("rule.script", language) in removed
    assert "a-rule-without-words" in removed
    assert "let motto = 1 < 2;" in removed
    assert not page.xpath("//details/@open")


def test_what_is_not_operated_is_set_apart() -> None:
    page = page_of(drafts.draft("en"), "en")
    assert page.xpath("//li[contains(@class, 'idle')]/@id") == ["d-4"]
    assert page.xpath("//mark[@class='of-idle']/@id") == ["s-4"]


@pytest.mark.parametrize("own", drafts.LANGUAGES)
@pytest.mark.parametrize("language", drafts.LANGUAGES)
def test_directions_and_languages(own: str, language: Language) -> None:
    page = page_of(drafts.draft(own), language)
    assert page.get("dir") == ("rtl" if language == "ar" else "ltr")
    text = page.xpath("//div[@class='text']")[0]
    assert (text.get("lang"), text.get("dir")) == (own, "rtl" if own == "ar" else "ltr")
    # The paragraph of another language, next to the last: its own direction, and a language that nobody claims.
    foreign = text.xpath("./p")[-2]
    assert (foreign.get("dir"), foreign.get("lang")) == ("ltr", "")
    for node in page.xpath("//bdi[@dir] | //div[@class='text']/p"):
        kinds = {unicodedata.bidirectional(each) for each in "".join(node.xpath(".//text()[not(parent::a)]"))}
        if "AL" not in kinds:
            assert node.get("dir") == "ltr"
        if "L" not in kinds and "AL" in kinds:
            assert node.get("dir") == "rtl"
    assert {each.get("lang") for each in page.xpath("//mark/a")} == {language}
    assert page.xpath("//*[@id='d-from']//bdi[@dir='ltr']")


def test_the_policy_allows_its_own_style_and_nothing_else() -> None:
    made = draft_page(drafts.draft("ar"), "", "ar")
    style = re.findall("<style>(.*?)</style>", made, re.DOTALL)
    assert len(style) == 1
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    policy = parser.document_fromstring(made).xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert not re.search(r"<(script|link|img|iframe|form|object|base)\b|\son\w+=|\sstyle=|url\(|@import|//", made)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_only_text(hostile: str) -> None:
    draft = drafts.draft("en", text=f"\n\nBefore {hostile} behind")
    said = drafts.item(draft.text, hostile, reason=hostile)
    said = msgspec.structs.replace(said, rule=hostile)
    draft.items.append(said)
    draft.removed.append(Removed(0, len(hostile), hostile))
    organisation = msgspec.structs.replace(draft.organisation, value=hostile, reason=hostile, rule=hostile)
    draft = msgspec.structs.replace(draft, organisation=organisation)
    page = page_of(draft, "en", hostile + drafts.source(draft))
    plain = page_of(drafts.draft("en", items=[*drafts.draft("en").items, drafts.item(draft.text, "Malta")]), "en")
    allowed = {node.tag for node in plain.iter()} | {"blockquote"}
    assert {node.tag for node in page.iter()} <= allowed
    attributes = {name for node in page.iter() for name in node.attrib}
    assert attributes <= {name for node in plain.iter() for name in node.attrib}
    assert source_text(page) == draft.text
    assert text_of(page.xpath("//*[@id='d-5']//bdi")[0]) == hostile
    assert hostile in page.xpath("//title")[0].text


@settings(max_examples=60)
@given(st.text(alphabet="<>&\"'ab/!- \n\r\t\x00\x1b\x85\u202e\u2069\ud800{%}#ب", max_size=60))
def test_any_text_makes_a_page_that_parses(text: str) -> None:
    draft = drafts.draft("en", text=f"\n\n[{text}]")
    draft.items.append(drafts.item(draft.text, f"[{text}]"))
    page = page_of(draft, "en", text)
    assert len(page.xpath("//mark[@id='s-5']")) == 1
    shown = source_text(page)
    assert not re.search("[\x00\x1b\u202e\u2069]", shown)


def test_the_exercise_mark_is_kept() -> None:
    draft = drafts.draft("ru")
    for source in (drafts.source(draft), "© 2035 (EXERCISE)"):
        page = page_of(draft, "ru", source)
        assert page.xpath("//p[@class='exercise']")
        assert page.xpath("//title")[0].text.startswith("EXERCISE · ")
    page = page_of(draft, "ru", "joint exercises, EXERCISES")
    assert not page.xpath("//p[@class='exercise']")
    assert "EXERCISE" not in page.xpath("//title")[0].text


def test_an_empty_draft_makes_an_honest_page() -> None:
    nothing = drafts.field("", None, reason="other-language")
    term = msgspec.structs.replace(drafts.draft("en").term, since=nothing, until=nothing)
    fields = dict.fromkeys(("organisation", "chair", "motto", "speaker", "source", "page", "published"), nothing)
    draft = Draft(language="other", term=term, text="", removed=[], items=[], **fields)
    for language in drafts.LANGUAGES:
        shown = text_of(page_of(draft, language, ""))
        for key in ("no-text", "no-items", "removed-nothing", "language.other", "reason.other-language"):
            assert word(key, language) in shown


def test_many_removed_parts_are_counted() -> None:
    draft = drafts.draft("en")
    draft.removed[:] = [Removed(each, each + 1, "tags") for each in range(90)]
    removed = page_of(draft, "en", "x" * 90).xpath("//details")[0]
    assert len(removed.xpath(".//li")) == 41
    assert word("more", "en").replace("{count}", "50") in text_of(removed)
    assert html.unescape(text_of(removed.xpath("./summary")[0])).strip().endswith("90")
