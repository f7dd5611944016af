"""From `wire` down there is no clock, chance, disk, socket or environment: they are arguments.

Import contracts and ruff forbid the modules; this rule forbids what needs no import, or comes with an allowed one:
`open`, `datetime.now`, `uuid4`, a key's `generate`, a local time zone.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import PURE_ROOMS, Module, Violation, existing_rooms, modules, project

BUILTINS = {"open", "input", "print", "exec", "eval", "__import__", "breakpoint"}
# Never to be named at all.
NAMES = {
    "environ", "getenv", "getnode", "getrandom", "perf_counter", "token_bytes", "token_hex", "token_urlsafe", "urandom",
    "utcnow", "uuid1", "uuid4", "uuid6", "uuid7",
}  # fmt: skip
# Innocent as a field's name, never to be called.
CALLS = {
    "generate", "generate_key", "generate_private_key", "now", "open", "read_bytes", "read_text", "today",
    "write_bytes", "write_text",
}  # fmt: skip
CLOCKS = {"now", "today", "utcnow"}


def forbidden_modules(root: Path) -> set[str]:
    """What the import contract `pure` forbids, which this rule forbids in blocks for type checkers as well."""
    contracts = project(root)["tool"]["importlinter"]["contracts"]
    return {name for contract in contracts if contract["id"] == "pure" for name in contract["forbidden_modules"]}


def _bound_to_datetime(tree: ast.Module) -> set[str]:
    bound = {"datetime", "date"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "datetime":
            bound |= {alias.asname or alias.name for alias in node.names if alias.name in bound}
    return bound


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _impure(module: Module, forbidden: set[str]) -> Iterator[tuple[ast.AST, str]]:
    clocks_of = _bound_to_datetime(module.tree)
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=names):
                yield from ((node, alias.name) for alias in names if alias.name.split(".")[0] in forbidden)
            case ast.ImportFrom(module=str(source), names=names):
                if source.split(".")[0] in forbidden:
                    yield node, source
                yield from ((node, f"{source}.{alias.name}") for alias in names if alias.name in NAMES)
            case ast.Name(id=name, ctx=ast.Load()) if name in BUILTINS:
                yield node, name
            case ast.Attribute(attr=name) if name in NAMES:
                yield node, name
            case ast.Attribute(value=base, attr=name) if name in CLOCKS and _last_name(base) in clocks_of:
                yield node, f"{_last_name(base)}.{name}"
            case ast.Call(func=ast.Attribute(attr=name)) if name in CALLS:
                yield node, f"{name}()"
            case ast.Call(func=ast.Attribute(attr="astimezone"), args=[], keywords=[]):
                yield node, "astimezone() into the machine's own zone"


def purity(root: Path) -> list[Violation]:
    """Reports every reach of a pure room for clock, chance, disk, network or environment."""
    forbidden = forbidden_modules(root)
    return [
        Violation(f"{module.name}:{what}", module.at(node), f"{what} in a pure room: make it an argument")
        for module in modules(root)
        if module.room in PURE_ROOMS
        for node, what in _impure(module, forbidden)
    ]


def contracts(root: Path) -> list[Violation]:
    """Reports where the import contracts of the project file lag behind the rooms of the tree."""
    rooms = existing_rooms(root)
    by_id = {contract["id"]: contract for contract in project(root)["tool"]["importlinter"]["contracts"]}
    found = []
    stated: set[str] = set()
    for layer in by_id["rooms"]["layers"]:
        for word in layer.split("|"):
            room = word.strip().strip("()")
            stated.add(room)
            if ("(" in word) == (room in rooms):
                text = f"room {room} " + ("exists: take its parentheses away" if "(" in word else "does not exist")
                found.append(Violation(room, "pyproject.toml", text))
    listed = {name.removeprefix("mithaq.") for name in by_id["pure"]["source_modules"]}
    missing = {room for room in PURE_ROOMS if room in rooms} - listed
    found += [Violation(room, "pyproject.toml", f"contract `pure` leaves out {room}") for room in sorted(missing)]
    top = root / "src" / "mithaq"
    here = {path.stem for path in top.glob("*.py")} | {path.parent.name for path in top.glob("*/__init__.py")}
    strangers = here - stated - {"__init__", "__main__"}
    found += [Violation(name, f"src/mithaq/{name}", "is no room of the house") for name in sorted(strangers)]
    return found
