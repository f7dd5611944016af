"""What every house rule looks at: the modules of a tree, its files, its documentation, its project file.

A rule is a function from the root of a tree to its violations. It never imports the tree that it judges (other than
in a process of its own), so `test_rules_catch.py` can show it a small tree that breaks it.
"""

import ast
import functools
import re
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]

# From the top to the bottom; siblings in one tuple. The same table stands in pyproject.toml as an import contract.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("cli",),
    ("demo",),
    ("web",),
    ("config",),
    ("node",),
    ("store", "peers"),
    ("wire",),
    ("release", "council", "warning", "readiness", "contacts"),
    ("model",),
    ("tlog",),
    ("errors",),
)
ROOMS = tuple(room for layer in LAYERS for room in layer)
PURE_ROOMS = ROOMS[ROOMS.index("wire") :]


class Violation(NamedTuple):
    """One breach: `subject` is what an exemption would name, `place` where to look, `text` what is wrong."""

    subject: str
    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


Rule = Callable[[Path], list[Violation]]


class Module(NamedTuple):
    """One Python file: its path below the root, its dotted name, its text and tree."""

    path: str
    name: str
    text: str
    tree: ast.Module

    @property
    def is_package(self) -> bool:
        """Whether this is a package's `__init__`."""
        return self.path.endswith("__init__.py")

    @property
    def room(self) -> str:
        """The room that the module belongs to; empty for the top package itself."""
        return self.name.split(".")[1] if "." in self.name else ""

    def at(self, node: ast.AST) -> str:
        """The place of a node as editors understand it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}"


@functools.cache
def _parse(path: Path, _stamp: tuple[int, int]) -> tuple[str, ast.Module]:
    text = path.read_text(encoding="utf-8")
    return text, ast.parse(text, str(path))


def python_files(root: Path, *folders: str) -> list[Module]:
    """Every Python file below the named folders, in order."""
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            state = path.stat()
            text, tree = _parse(path, (state.st_mtime_ns, state.st_size))
            below = path.relative_to(root)
            dotted = below.with_suffix("").parts[1 if folder == "src" else 0 :]
            name = ".".join(dotted[:-1] if dotted[-1] == "__init__" else dotted)
            found.append(Module(below.as_posix(), name, text, tree))
    return found


def modules(root: Path) -> list[Module]:
    """Every module that ships."""
    return python_files(root, "src")


def existing_rooms(root: Path) -> set[str]:
    """The rooms that have a module or a package in this tree."""
    top = root / "src" / "mithaq"
    return {room for room in ROOMS if (top / f"{room}.py").exists() or (top / room / "__init__.py").exists()}


def tree_files(root: Path) -> list[Path]:
    """What belongs to the project: what git tracks or would track; without git, everything that is not hidden."""
    listing = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    if (root / ".git").exists():
        done = subprocess.run(listing, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return [path for name in sorted(set(done.stdout.split("\0")) - {""}) if (path := root / name).is_file()]
    hidden = re.compile(r"(^|/)(\.(?!ci/|gitignore)|__pycache__|dist/|build/)")
    found = (path for path in sorted(root.rglob("*")) if path.is_file())
    return [path for path in found if not hidden.search(path.relative_to(root).as_posix())]


def pages(root: Path) -> dict[str, str]:
    """Every page of documentation, its path below the root to its text."""
    found = [path for path in tree_files(root) if path.suffix == ".md"]
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in found}


def project(root: Path) -> dict[str, Any]:
    """The project file; this project's own where a small tree has none."""
    own = root / "pyproject.toml"
    return tomllib.loads((own if own.exists() else ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function and method with its qualified name, nested ones included."""
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        prefix, node = waiting.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield prefix + child.name, child
                waiting.append((f"{prefix}{child.name}.", child))
            elif isinstance(child, ast.ClassDef):
                waiting.append((f"{prefix}{child.name}.", child))
            else:
                waiting.append((prefix, child))
