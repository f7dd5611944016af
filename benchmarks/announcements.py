"""A chair's announcement becoming a draft programme, against Trafilatura's extraction of the same page alone."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial

from benchmarks.measure import Row, Setting, best

PARAGRAPHS = {
    "Arabic": (
        "تتسلم مالطا رئاسة منظمة الأمن والتعاون في أوروبا اعتبارا من 1 يناير 2032 لمدة عام تحت شعار «الثقة بالأفعال».",
        (
            "وقالت وزيرة الخارجية ماريا بورغ: «سنعمل على تعزيز الثقة بين الدول المشاركة، وتوسيع شبكة الاتصالات مع "
            "المنظمات الشريكة، وحماية أنظمة المعلومات من الهجوم رقم {}»."
        ),
        "وقد أنشئت المنظمة لمنع النزاعات. ورحبت النرويج وأيرلندا في {} يناير بالبرنامج الذي عرض في فيينا.",
    ),
    "Russian": (
        "С 1 января 2032 года Мальта на год принимает председательство в ОБСЕ под девизом «Доверие на деле».",
        (
            "«Мы намерены укреплять доверие между государствами-участниками, расширить сеть контактов с "
            "организациями-партнёрами и защитить информационные системы от атаки {}», — сказала министр Мария Борг."
        ),
        (
            "ОБСЕ была создана для предотвращения конфликтов. Норвегия и Ирландия приветствовали {} января программу, "
            "представленную в Вене."
        ),
    ),
    "English": (
        "On 1 January 2032 Malta takes over the chairmanship of the OSCE for a year under the motto “Trust by deeds”.",
        (
            "“We will strengthen trust between the participating states, widen the network of contacts with partner "
            "organisations and protect information systems from attack {},” Foreign Minister Maria Borg said."
        ),
        (
            "The OSCE was founded to prevent conflicts. Norway and Ireland welcomed the programme, presented in "
            "Vienna, on {} January."
        ),
    ),
}
LETTERS = 10_000
START = "from mithaq.web.announcements import load_lexicons; load_lexicons()"


def measure(setting: Setting) -> list[Row]:
    """Reading a page of 10 kB in each language in a process that has read before, and what a process needs to start."""
    from mithaq.web.announcements import draft_programme

    repeats = setting.count(7)
    rows = []
    for language, paragraphs in PARAGRAPHS.items():
        page = announcement(paragraphs)
        items, size = len(draft_programme(page).items), len(page.decode()) / 1000
        ours = best(partial(draft_programme, page), repeats)
        theirs = best(_extraction(page), repeats)
        rows.append(
            Row(
                f"An announcement of {size:.0f} kB in {language} (HTML) becomes a draft of {items} items",
                f"{ours * 1000:.0f} ms",
                f"Trafilatura alone extracts its text: {theirs * 1000:.0f} ms",
                f"{ours / theirs:.1f} times the time",
            )
        )
    ours = best(lambda: _run(START), setting.count(5))
    theirs = best(lambda: _run("import trafilatura"), setting.count(5))
    rows.append(
        Row(
            "The reader starts: Python, imports, all lexicons",
            f"{ours:.2f} s",
            f"Python imports Trafilatura: {theirs:.2f} s",
            f"{ours / theirs:.1f} times the time",
        )
    )
    return rows


def announcement(paragraphs: tuple[str, ...]) -> bytes:
    """A page with a heading and as many paragraphs as make 10,000 letters, no two alike."""
    made: list[str] = []
    number = 0
    while sum(map(len, made)) < LETTERS - 300:
        number += 1
        made += [f"<p>{each.format(number)}</p>" for each in (paragraphs if number == 1 else paragraphs[1:])]
    body = "".join(made)
    return f"<html><head><meta charset=utf-8></head><body><article>{body}</article></body></html>".encode()


def _extraction(page: bytes) -> Callable[[], object]:
    import trafilatura

    return lambda: trafilatura.extract(page)


def _run(program: str) -> None:
    subprocess.run([sys.executable, "-c", program], check=True)
