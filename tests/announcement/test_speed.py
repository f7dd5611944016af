"""How much work a reading is, in counts that are the same on every machine; seconds are the benchmarks' part."""

import json
import subprocess
import sys
from collections import Counter
from functools import partial
from types import FrameType

import pytest

from mithaq.web.announcements import draft_programme, load_lexicons
from mithaq.wire.announcement.cleaning import clean
from mithaq.wire.announcement.members import Names
from mithaq.wire.announcement.page import read_page
from mithaq.wire.announcement.sentences import Sentences

PARAGRAPH = {
    "en": "Malta takes over the chairmanship of the OSCE on {n} January 2032 from Norway. The minister said in Vienna: "
    '"We will strengthen trust, widen contacts with partner {n} and protect information from attack {n}." '
    "Ireland welcomed the plan {n}, and Anna Novak thanked her hosts.",
    "ru": "Мальта принимает председательство в ОБСЕ с {n} января 2032 года у Норвегии. Министр сказал в Вене: "
    "«Мы намерены укреплять доверие, расширить контакты с партнёром {n} и защитить информацию от атаки {n}». "
    "Ирландия приветствовала план {n}, и Анна Новак поблагодарила хозяев.",
    "ar": "تتسلم مالطا رئاسة منظمة الأمن والتعاون في أوروبا اعتبارا من {n} يناير 2032 من النرويج. وقال الوزير في "
    "فيينا: «سنعمل على تعزيز الثقة وتوسيع الاتصالات مع الشريك {n} وحماية المعلومات من الهجوم {n}». "
    "ورحبت أيرلندا بالخطة {n}، وشكرت آنا نوفاك مضيفيها.",
}
LANGUAGES = sorted(PARAGRAPH)


def announcement(language: str, paragraphs: int, joint: str = "\n\n") -> bytes:
    return joint.join(PARAGRAPH[language].replace("{n}", str(number)) for number in range(10, 10 + paragraphs)).encode()


def calls(data: bytes) -> Counter[str]:
    """How often each function is called while an announcement is read."""
    counted: Counter[str] = Counter()

    def count(frame: FrameType, event: str, given: object) -> None:
        if event == "call":
            counted[f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}"] += 1
        elif event == "c_call":
            counted[f"c.{getattr(given, '__name__', given)}"] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        draft_programme(data)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_as_many_as_the_text_has(language: str) -> None:
    for paragraphs in (3, 12):
        lexicons = load_lexicons()
        cleaned = clean(read_page(announcement(language, paragraphs)), lexicons.languages[language])
        found = Sentences(cleaned, lexicons.languages[language], Names(None, lexicons, language), None).all
        assert len(found) == 3 * paragraphs


@pytest.mark.parametrize("joint", ["\n\n", " "])
@pytest.mark.parametrize("language", LANGUAGES)
def test_searches_and_calls_grow_no_faster_than_the_text(language: str, joint: str) -> None:
    made = partial(announcement, language, joint=joint)
    draft_programme(made(3))
    small, large = calls(made(12)), calls(made(48))
    for name in ("c.search", "c.finditer", "c.match"):
        assert large[name] <= 4.5 * small[name], name
    assert sum(large.values()) <= 4.5 * sum(small.values())


def test_a_sentence_without_an_end_costs_no_more_than_others() -> None:
    endless = announcement("en", 40, " ").replace(b".", b"").replace(b":", b"").replace(b'"', b"")
    ended = announcement("en", 40)
    draft_programme(ended)
    assert sum(calls(endless).values()) <= 3 * sum(calls(ended).values())


def test_nothing_is_compiled_again_whichever_languages_take_turns() -> None:
    texts = [announcement(language, 2) for language in LANGUAGES]
    for text in texts:
        draft_programme(text)
    assert {text: calls(text)["re._compiler.compile"] for text in texts} == dict.fromkeys(texts, 0)


def test_starting_and_reading_plain_text_wait_for_no_reader_of_html() -> None:
    program = (
        "import json, sys\n"
        "from mithaq.web.announcements import draft_programme\n"
        "draft_programme(sys.stdin.buffer.read())\n"
        "print(json.dumps(sorted({'trafilatura', 'lxml', 'asyncio', 'aiohttp', 'psycopg'} & sys.modules.keys())))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=announcement("en", 2), capture_output=True, check=True, timeout=120
    )
    assert json.loads(done.stdout) == []
