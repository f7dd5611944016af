"""Everything that can go wrong, by whose fault it is, under a code that never changes.

    MithaqError
    ├── Malformed      the input is not what its format says       (mend the input)
    ├── Refused        the input is well formed, a rule forbids it (mend the request, or ask whom the rule names)
    ├── Untrusted      a signature, hash or proof does not hold    (do not use it; keep it as evidence)
    └── Unavailable    not now: busy, down, full, not yet known    (try again, `retry_after` seconds)

A code is what programs test and what `docs/errors.md` lists; the words for people stand in `errors.catalogue`,
in Arabic, Russian and English. Which HTTP status or exit code a family becomes is decided in `web` and `cli`.

>>> error = Malformed("json-duplicate-key", "$.object")
>>> error.code, error.place
('json-duplicate-key', '$.object')
>>> error.advice("en")
'Keep one of the two members and send it again.'
"""

from typing import ClassVar

from mithaq.errors.catalogue import CATALOGUE
from mithaq.errors.entry import Family, Language

__all__ = ["CATALOGUE", "Language", "Malformed", "MithaqError", "Refused", "Unavailable", "Untrusted"]


class MithaqError(Exception):
    """The base of all four families; never raised itself.

    `code` is a key of `CATALOGUE`; `place` names where in the input (a JSON path, `FILE:LINE`, a route), or is
    empty; `details` fill the braces of the catalogue's texts. Never put a secret, or anything of a record that the
    person who sees the error may not read, into `place` or `details`.

    Raises `KeyError` if the code is not in the catalogue: a mistake of ours, which a test looks for.
    """

    family: ClassVar[Family]

    def __init__(self, code: str, place: str = "", **details: object) -> None:
        self.code = code
        self.place = place
        self.details = details
        super().__init__(self.title("en"))

    def title(self, language: Language) -> str:
        """What happened, in one sentence of `language`."""
        return CATALOGUE[self.code].texts[language].title.format_map(self.details)

    def advice(self, language: Language) -> str:
        """What a person can do about it, in `language`."""
        return CATALOGUE[self.code].texts[language].advice.format_map(self.details)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.code, self.place, self.details)

    def __str__(self) -> str:
        where = f" (at {self.place})" if self.place else ""
        return f"{self.title('en')}{where} [{self.code}]"


def _rebuild(kind: "type[MithaqError]", code: str, place: str, details: dict[str, object]) -> MithaqError:
    """An error that another process raised."""
    return kind(code, place, **details)


class Malformed(MithaqError):
    """The input is not what its format says it is."""

    family = "Malformed"


class Refused(MithaqError):
    """The input is well formed, and a rule forbids what it asks."""

    family = "Refused"


class Untrusted(MithaqError):
    """A signature, a hash or a proof does not hold."""

    family = "Untrusted"


class Unavailable(MithaqError):
    """It can't be done now; `retry_after` says in how many seconds it may be tried again, if that is known."""

    family = "Unavailable"

    def __init__(self, code: str, place: str = "", *, retry_after: float | None = None, **details: object) -> None:
        self.retry_after = retry_after
        super().__init__(code, place, **details)
