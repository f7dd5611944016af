"""Writes the reference pages that follow from the source: `docs/errors.md` and `docs/commands.md`.

    python tools/reference.py            writes them
    python tools/reference.py --check    says which of them are out of date, or what lacks words, and exits 1

`--root DIR` judges another tree than the one that this file stands in.
"""

import argparse
import importlib
import inspect
import string
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

FAMILIES = {
    "Malformed": "The input is not what its format says. Mend the input.",
    "Refused": "The input is well formed, and a rule forbids it. Mend the request, or ask whom the rule names.",
    "Untrusted": "A signature, a hash or a proof does not hold. Do not use the thing; keep it as evidence.",
    "Unavailable": "Not now: busy, down, full, not yet known. Try again later.",
}
WIDE = 10_000
WRITTEN = "This page is written by `make fix`; a test holds it equal to the source."


def braces(text: str) -> set[str]:
    """The names between braces in a catalogue text."""
    return {name.split(".")[0].split("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def errors_page() -> str:
    """Every error code by family, with its words in three languages and the details it carries."""
    catalogue = importlib.import_module("mithaq.errors").CATALOGUE
    lines = [
        "# Errors",
        "",
        f"Programs test the code, people read the words. {WRITTEN}",
    ]
    for family, meaning in FAMILIES.items():
        codes = sorted(code for code, entry in catalogue.items() if entry.family == family)
        if not codes:
            continue
        lines += ["", f"## {family}", "", meaning]
        for code in codes:
            texts = catalogue[code].texts
            details = sorted(set().union(*(braces(part) for part in texts["en"])))
            lines += ["", f"### {code}", ""]
            lines += [f"- English: {texts['en'].title} *{texts['en'].advice}*"]
            lines += [f"- Русский: {texts['ru'].title} *{texts['ru'].advice}*"]
            lines += [f'- العربية: <span dir="rtl" lang="ar">{texts["ar"].title} *{texts["ar"].advice}*</span>']
            if details:
                lines += [f"- Details: {', '.join(f'`{name}`' for name in details)}"]
    return "\n".join(lines) + "\n"


def commands(command: "click.Command", words: tuple[str, ...]) -> "Iterator[tuple[tuple[str, ...], click.Command]]":
    """Every command below `command` with the words that call it, hidden ones left out."""
    yield words, command
    below: dict[str, click.Command] = getattr(command, "commands", {})
    for name in sorted(below):
        if not below[name].hidden:
            yield from commands(below[name], (*words, name))


def commands_page(faults: list[str]) -> str:
    """Every command with its arguments and options; what lacks help is added to `faults`."""
    import click

    main = importlib.import_module("mithaq.cli").main
    lines = ["# Commands", "", f"In the project they run as `uv run mithaq …`. {WRITTEN}"]
    for words, command in commands(main, ("mithaq",)):
        name = " ".join(words)
        # A page that is the same for every width of terminal, and every Python: only newer ones unindent docstrings.
        context = click.Context(command, info_name=name, terminal_width=WIDE, max_content_width=WIDE)
        if not command.help:
            faults.append(f"command `{name}` has no help")
        lines += ["", f"## {name}", "", inspect.cleandoc(command.help or "").replace("\b\n", "")]
        if isinstance(command, click.Group):
            continue
        lines += ["", f"`{command.get_usage(context).removeprefix('Usage: ')}`"]
        rows = [record for parameter in command.params if (record := parameter.get_help_record(context))]
        faults += [f"`{name}` says nothing of `{option}`" for option, meaning in rows if not meaning]
        lines += [""] * bool(rows) + [f"- `{option}`: {meaning}" for option, meaning in rows]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Writes or checks the pages; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing, say what is out of date")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    chosen = parser.parse_args()
    source = chosen.root / "src"
    sys.path.insert(0, str(source))
    faults: list[str] = []
    made: dict[str, Callable[[], str]] = {"docs/errors.md": errors_page}
    if (source / "mithaq" / "cli.py").exists() or (source / "mithaq" / "cli" / "__init__.py").exists():
        made["docs/commands.md"] = lambda: commands_page(faults)
    for name, render in made.items():
        page, path = render(), chosen.root / name
        if path.exists() and path.read_text(encoding="utf-8") == page:
            continue
        if chosen.check:
            faults.append(f"{name} is not what the source says: run `make fix`")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(page, encoding="utf-8")
            print(f"wrote {name}")
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
