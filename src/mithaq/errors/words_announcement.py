"""Words for announcements that become draft programmes."""

from mithaq.errors.entry import Entry, entry

__all__ = ["WORDS"]

WORDS: dict[str, Entry] = {
    "announcement-too-large": entry(
        "Malformed",
        (
            "The announcement has more than {limit} bytes, or more than {letters} letters of text.",
            "Save the page of this one announcement only, or copy its text into a file.",
        ),
        (
            "В объявлении больше {limit} байт или больше {letters} знаков текста.",
            "Сохраните страницу только с этим объявлением или скопируйте его текст в файл.",
        ),
        (
            "يتجاوز الإعلان {limit} بايت، أو يتجاوز نصه {letters} حرف.",
            "احفظ صفحة هذا الإعلان وحده، أو انسخ نصه إلى ملف.",
        ),
    ),
    "announcement-too-deep": entry(
        "Malformed",
        (
            "The page nests more than {limit} elements in each other.",
            "Copy the announcement's text from the page into a file and read that.",
        ),
        (
            "На странице вложено друг в друга больше {limit} элементов.",
            "Скопируйте текст объявления со страницы в файл и прочитайте этот файл.",
        ),
        (
            "تتداخل في الصفحة عناصر يزيد عددها على {limit}.",
            "انسخ نص الإعلان من الصفحة إلى ملف ثم اقرأ ذلك الملف.",
        ),
    ),
    "announcement-empty": entry(
        "Malformed",
        (
            "There is no text here that a reader would see.",
            "Check that it is the right file, and that the page holds its text without a script's help.",
        ),
        (
            "Здесь нет текста, который увидел бы читатель.",
            "Проверьте, тот ли это файл и есть ли на странице текст без участия скриптов.",
        ),
        (
            "لا يوجد هنا نص يراه القارئ.",
            "تحقّق من أن هذا هو الملف الصحيح، وأن نص الصفحة موجود فيها من دون برامج نصية.",
        ),
    ),
}
