"""How commands speak: words for people, one JSON object with `--json`, errors by code, exit codes.

Exit codes: 0 done, 1 failed, 2 wrong usage (click's own), 3 refused by a rule, 4 verification failed, 5 a peer could
not be reached. Results go to standard output, everything else to standard error. An error's words come in the language
that LC_ALL, LC_MESSAGES or LANG names (Arabic, Russian, else English); its code is the same everywhere.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
import orjson
from rich.console import Console

from mithaq.config import Settings, load_settings
from mithaq.errors import Language, MithaqError
from mithaq.model import Reader
from mithaq.node import Home, Node, open_node
from mithaq.web import forms

__all__ = [
    "EXIT_CODES",
    "fail",
    "folder_argument",
    "json_option",
    "open_folder",
    "read_as",
    "say",
    "show_json",
    "speaks",
    "token_option",
]

EXIT_CODES: Mapping[str, int] = {"Malformed": 1, "Refused": 3, "Untrusted": 4, "Unavailable": 1}
MAX_TOKEN_BYTES = 4096

Command = TypeVar("Command", bound=Callable[..., Any])

folder_argument = click.argument(
    "folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="The node's folder."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of words.")
token_option = click.option(
    "--token",
    "token_file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Read with the rights of the token in this file; without it, as one of the own organisation without roles.",
)


def language(environment: Mapping[str, str] = os.environ) -> Language:
    """The language in which errors are said."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            prefix = environment[name][:2].lower()
            return "ar" if prefix == "ar" else "ru" if prefix == "ru" else "en"
    return "en"


def say(text: str) -> None:
    """A line of result for a person."""
    click.echo(text)


def show_json(value: Any) -> None:
    """A command's result as one JSON object on one line."""
    click.echo(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode())


def error_value(error: MithaqError) -> dict[str, str]:
    """An error as JSON carries it, the same from commands and from HTTP, in the language of this terminal."""
    return forms.error_value(error, language())


def fail(error: MithaqError, as_json: bool) -> NoReturn:
    """Say what went wrong and leave with the exit code of its family."""
    value = error_value(error)
    if as_json:
        show_json({"error": value})
    else:
        where = f" ({value['place']})" if value["place"] else ""
        click.echo(f"{value['title']}{where} [{value['code']}]\n{value['advice']}", err=True)
    sys.exit(EXIT_CODES[error.family])


@contextlib.contextmanager
def speaks(as_json: bool) -> Iterator[None]:
    """Turn the errors of the block into words, or JSON, and an exit code."""
    try:
        yield
    except MithaqError as error:
        fail(error, as_json)


@contextlib.contextmanager
def open_folder(folder: Path) -> Iterator[tuple[Node, Settings]]:
    """The node in a folder with its settings, open while the block runs."""
    home = Home(folder)
    settings = load_settings(home)
    with open_node(home, settings.name, settings.place, readers=settings.threads) as node:
        yield node, settings


def read_as(node: Node, token_file: Path | None, act: str) -> tuple[str, Reader]:
    """Who reads by a command: the token's owner, or one of the own organisation without roles, noted in the audit."""
    if token_file is not None:
        with token_file.open("rb") as file:
            text = file.read(MAX_TOKEN_BYTES).decode("ascii", "replace").strip()
        # What `token create --json` prints may be kept as it is.
        with contextlib.suppress(orjson.JSONDecodeError, TypeError, KeyError):
            text = orjson.loads(text)["token"]
        visitor = node.visit(text)
        return visitor.name, visitor.reader
    actor = f"command line, account {os.geteuid()}"
    node.audit(actor, act)
    return actor, Reader(node.name)


def progress_console() -> Console:
    """Where progress is drawn: standard error, and nothing unless it is a terminal."""
    return Console(stderr=True, quiet=not sys.stderr.isatty())
