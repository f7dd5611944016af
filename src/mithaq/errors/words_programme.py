"""Words for the command that turns an announcement into a draft programme."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    "retrieved-malformed": entry(
        "Malformed",
        (
            "This is not a time with its zone.",
            "Write when the page was fetched as 2026-11-24T08:00:00+03:00, or with Z for UTC.",
        ),
        (
            "Это не время с часовым поясом.",
            "Укажите, когда была получена страница, например 2026-11-24T08:00:00+03:00, или с Z для UTC.",
        ),
        (
            "ليس هذا وقتًا مع منطقته الزمنية.",
            "اكتب وقت جلب الصفحة مثل 2026-11-24T08:00:00+03:00، أو مع Z للتوقيت العالمي.",
        ),
    ),
}
