"""Error codes: raised as the catalogue says, said in three languages with the same braces, listed in the docs."""

import ast
import importlib.util
import re
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.house.source import ROOT, Violation, modules

FAMILIES = {"Malformed", "Refused", "Untrusted", "Unavailable"}
CATALOGUE = "src/mithaq/errors/catalogue.py"
LETTERS = {"ru": re.compile("[а-яё]", re.IGNORECASE), "ar": re.compile("[\u0621-\u064a]"), "en": re.compile("[a-z]")}


class Raised(NamedTuple):
    """One place that makes an error; `codes` is empty and `details` None where the source does not spell them out."""

    place: str
    family: str
    codes: frozenset[str]
    details: frozenset[str] | None


def _codes(node: ast.expr) -> frozenset[str]:
    match node:
        case ast.Constant(value=str(code)):
            return frozenset({code})
        case ast.IfExp(body=body, orelse=orelse):
            one, other = _codes(body), _codes(orelse)
            return one | other if one and other else frozenset()
    return frozenset()


def raised(root: Path) -> Iterator[Raised]:
    """Every call in the source that makes an error of one of the four families."""
    for module in modules(root):
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            if name not in FAMILIES:
                continue
            words = {keyword.arg for keyword in node.keywords}
            known = {word for word in words if word is not None} - {"place", "code"}
            known -= {"retry_after"} if name == "Unavailable" else set()
            given = next((keyword.value for keyword in node.keywords if keyword.arg == "code"), None)
            first = node.args[0] if node.args else given
            details = None if None in words else frozenset(known)
            yield Raised(module.at(node), name, _codes(first) if first else frozenset(), details)


def catalogue(root: Path) -> dict[str, Any]:
    """The catalogue of this tree, loaded without the rest of it."""
    path = root / CATALOGUE
    spec = importlib.util.spec_from_file_location(f"catalogue_{abs(hash(path))}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    found: dict[str, Any] = module.CATALOGUE
    return found


def braces(texts: tuple[str, str]) -> frozenset[str]:
    """The details that a title and its advice want, plain names only."""
    return frozenset(name for text in texts for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def error_codes(root: Path) -> list[Violation]:
    """Reports where what is raised and what the catalogue says differ."""
    entries = catalogue(root)
    found = []
    seen = set()
    for here in raised(root):
        if not here.codes:
            found.append(Violation(here.place, here.place, f"{here.family} wants its code written out"))
        if here.details is None:
            found.append(Violation(here.place, here.place, f"{here.family} wants its details written out, not **"))
        for code in here.codes:
            seen.add(code)
            entry = entries.get(code)
            if entry is None:
                found.append(Violation(code, here.place, f"code {code} is not in the catalogue"))
                continue
            if entry.family != here.family:
                found.append(
                    Violation(code, here.place, f"{code} is {entry.family} in the catalogue, {here.family} here")
                )
            wanted = braces(entry.texts["en"])
            if here.details is not None and here.details != wanted:
                text = f"{code} gives details {sorted(here.details)}, its texts want {sorted(wanted)}"
                found.append(Violation(code, here.place, text))
    found += [Violation(code, CATALOGUE, f"nothing raises {code}") for code in sorted(set(entries) - seen)]
    return found


def error_words(root: Path) -> list[Violation]:
    """Reports codes that lack a language, have another language's letters or braces, or are spelled unlike a code."""
    found = []
    for code, entry in catalogue(root).items():
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code):
            found.append(Violation(code, CATALOGUE, f"{code}: a code is small letters, digits and hyphens"))
        if set(entry.texts) != set(LETTERS):
            found.append(Violation(code, CATALOGUE, f"{code} lacks {sorted(set(LETTERS) - set(entry.texts))}"))
            continue
        for language, letters in LETTERS.items():
            texts = entry.texts[language]
            if not all(letters.search(text) for text in texts):
                found.append(Violation(code, CATALOGUE, f"{code}: the {language} text has no letter of that language"))
            if braces(texts) != braces(entry.texts["en"]):
                found.append(Violation(code, CATALOGUE, f"{code}: en and {language} do not name the same details"))
    return found


def reference_pages(root: Path) -> list[Violation]:
    """Reports reference pages that are not what the source says, and commands or options without help."""
    tool = [sys.executable, str(ROOT / "tools" / "reference.py"), "--check", "--root", str(root)]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    if done.returncode and not lines:
        lines = [(done.stderr.splitlines() or ["tools/reference.py failed"])[-1]]
    return [Violation(line, "docs", line) for line in lines]
