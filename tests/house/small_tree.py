"""A small project that keeps every house rule, for tests that break one rule at a time."""

import re
import subprocess
import sys
from pathlib import Path

from tests.house.source import LAYERS, PURE_ROOMS, ROOT

FILES = {
    "src/mithaq/__init__.py": '"""The package."""\n',
    "src/mithaq/errors/__init__.py": '''"""Errors.

>>> Refused("too-long", "name", most=3).code
'too-long'
"""

from mithaq.errors.catalogue import CATALOGUE

__all__ = ["Refused", "Unavailable"]


class Refused(Exception):  # noqa: N818
    """A rule forbids it."""

    def __init__(self, code: str, place: str = "", **details: object) -> None:
        self.code = code
        super().__init__(CATALOGUE[code].texts["en"].title.format_map(details))


class Unavailable(Refused):
    """Not now."""
''',
    "src/mithaq/errors/catalogue.py": '''"""The words."""

from typing import NamedTuple

__all__ = ["CATALOGUE"]


class Text(NamedTuple):
    """A title and advice."""

    title: str
    advice: str


class Entry(NamedTuple):
    """A family and words by language."""

    family: str
    texts: dict[str, Text]


CATALOGUE = {
    "too-long": Entry(
        "Refused",
        {
            "en": Text("The name is longer than {most}.", "Shorten it."),
            "ru": Text("Имя длиннее {most}.", "Сократите его."),
            "ar": Text("الاسم أطول من {most}.", "اختصره."),
        },
    ),
    "busy": Entry(
        "Unavailable",
        {
            "en": Text("The node is busy.", "Try again."),
            "ru": Text("Узел занят.", "Попробуйте снова."),
            "ar": Text("العقدة مشغولة.", "حاول مرة أخرى."),
        },
    ),
}
''',
    "src/mithaq/model.py": '''"""A model.

>>> decode_name("abc")
'abc'
"""

from mithaq.errors import Refused

__all__ = ["decode_name"]


def decode_name(text: str) -> str:
    """The name in `text`; raises `Refused` (`too-long`)."""
    if len(text) > 3:
        raise Refused("too-long", "name", most=3)
    return text
''',
    "src/mithaq/wire.py": '''"""Formats.

>>> read(b"abc")
'abc'
"""

from mithaq.model import decode_name

__all__ = ["read"]


def read(data: bytes) -> str:
    """The name in `data`."""
    return decode_name(data.decode())
''',
    "src/mithaq/store.py": '''"""The store."""

import os

from mithaq.errors import Unavailable

__all__ = ["keep"]


def keep(name: str) -> None:
    """Keeps a name; raises `Unavailable` (`busy`)."""
    if os.environ.get("MITHAQ_BUSY"):
        raise Unavailable("busy", name, retry_after=1)
''',
    "src/mithaq/config.py": '''"""Settings."""

import msgspec

__all__ = ["Settings"]


class Settings(msgspec.Struct, frozen=True):
    """What can be set."""

    port: int = 8000
''',
    "src/mithaq/web.py": '''"""Pages."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

__all__ = ["routes"]


async def _name(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.path_params["name"])


def routes() -> list[Route]:
    """All routes."""
    return [Route("/names/{name:path}", _name)]
''',
    "src/mithaq/templates/page.html": '<link rel="stylesheet" href="/static/page.css"><svg xmlns="http://www.w3.org/2000/svg"/>\n',
    "src/mithaq/cli.py": '''"""The command line."""

import click

from mithaq.config import Settings
from mithaq.store import keep
from mithaq.web import routes
from mithaq.wire import read


@click.group()
def main() -> None:
    """Keeps names."""


@main.command("keep")
@click.option("--name", help="The name to keep.")
def keep_command(name: str) -> None:
    """Keep a name."""
    keep(read(name.encode()))
    click.echo(f"{Settings().port} {len(routes())}")
''',
    "README.md": """# Names

`port` is where it listens, `MITHAQ_BUSY` makes it refuse. It answers `GET /names/{name}`.
See [errors](docs/errors.md#busy), `docs/commands.md` and `make help`.
""",
    "Makefile": "help:\n\t@echo help\nfix:\n\t@echo fix\n",
}


def fit_contracts(text: str, rooms: set[str]) -> str:
    """A project file's import contracts for a tree that has just these rooms."""
    layers = ",\n".join(
        '  "' + " | ".join(room if room in rooms else f"({room})" for room in layer) + '"' for layer in LAYERS
    )
    pure = ", ".join(f'"mithaq.{room}"' for room in PURE_ROOMS if room in rooms)
    text = re.sub(r"^layers = \[.*?^\]", f"layers = [\n{layers},\n]", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^source_modules = \[.*?\]", f"source_modules = [{pure}]", text, flags=re.DOTALL | re.MULTILINE)


def build(root: Path) -> None:
    """Writes the small tree below `root`, under this project's own settings for all tools."""
    for name, text in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    rooms = {"errors", "model", "wire", "store", "config", "web", "cli"}
    own = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (root / "pyproject.toml").write_text(fit_contracts(own, rooms), encoding="utf-8")
    (root / "docs").mkdir(exist_ok=True)
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    rows = "\n".join(f"{row} Needed. |" for row in re.findall(r"^\| *`[^`]+` *\|", page, re.MULTILINE))
    (root / "docs" / "dependencies.md").write_text(f"{rows}\n", encoding="utf-8")
    rewrite_reference(root)


def rewrite_reference(root: Path) -> None:
    """Writes the tree's reference pages, as `make fix` does."""
    tool = [sys.executable, str(ROOT / "tools" / "reference.py"), "--root", str(root)]
    subprocess.run(tool, check=True, stdout=subprocess.DEVNULL)


def write(root: Path, name: str, text: str) -> None:
    """Writes one file of the tree, with the folders above it."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def add(root: Path, name: str, text: str) -> None:
    """Adds text at the end of a file of the tree."""
    write(root, name, (root / name).read_text(encoding="utf-8") + text)


def replace(root: Path, name: str, old: str, new: str) -> None:
    """Replaces text that the file must hold."""
    text = (root / name).read_text(encoding="utf-8")
    assert old in text, f"{name} does not hold {old!r}"
    write(root, name, text.replace(old, new))
