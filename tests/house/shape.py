"""How code is cut and named: sizes, banned names, what a room exports, and that all of it is reached."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import PURE_ROOMS, Module, Violation, functions, modules, project, python_files

FILE_LINES = 600
FUNCTION_LINES = 60
BANNED = {"util", "utils", "helper", "helpers", "manager", "managers", "service", "services", "handler", "handlers"}
# These say how a function is called, not that somebody registers it.
PLAIN_DECORATORS = {
    "abstractmethod", "asynccontextmanager", "cache", "cached_property", "classmethod", "contextmanager", "dataclass",
    "final", "lru_cache", "overload", "override", "property", "runtime_checkable", "setter", "staticmethod",
    "total_ordering", "wraps",
}  # fmt: skip


def sizes(root: Path) -> list[Violation]:
    """Reports files and functions too long to be read at once; a function's docstring does not count."""
    found = []
    for module in python_files(root, "src", "tests", "tools", "benchmarks"):
        lines = module.text.count("\n")
        if lines > FILE_LINES:
            found.append(Violation(module.path, module.path, f"{lines} lines, {FILE_LINES} are enough"))
        for name, node in functions(module.tree):
            first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
            lines = (node.end_lineno or 0) - first.lineno + 1
            if lines > FUNCTION_LINES:
                text = f"{name} has {lines} lines, {FUNCTION_LINES} are enough"
                found.append(Violation(f"{module.path}:{name}", module.at(node), text))
    return found


def _words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)}


def names(root: Path) -> list[Violation]:
    """Reports names that say nothing: utils, helper, manager, service, handler."""
    found = []
    for module in python_files(root, "src", "tools", "benchmarks"):
        called: list[tuple[str, str]] = [(part, module.path) for part in module.name.split(".")]
        called += [
            (node.name, module.at(node))
            for node in ast.walk(module.tree)
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        found += [
            Violation(
                f"{module.path}:{name}", place, f"{name}: say what it does instead of {sorted(_words(name) & BANNED)}"
            )
            for name, place in called
            if _words(name) & BANNED
        ]
    return found


def _exported(tree: ast.Module) -> dict[str, ast.AST]:
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=items) | ast.Tuple(elts=items)):
                return {str(ast.literal_eval(item)): item for item in items}
    return {}


def _bound(tree: ast.Module) -> set[str]:
    bound = set()
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                bound.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                bound |= {(alias.asname or alias.name).split(".")[0] for alias in aliases}
            case ast.Name(id=name, ctx=ast.Store()):
                bound.add(name)
    return bound


def _takes(module: Module, source: str, name: str) -> bool:
    """Whether `module` uses `name` of the module called `source`."""
    knows = False
    for node in ast.walk(module.tree):
        match node:
            case ast.ImportFrom(module=str(origin), names=aliases):
                if origin == source and any(alias.name == name for alias in aliases):
                    return True
                knows |= any(f"{origin}.{alias.name}" == source for alias in aliases)
            case ast.Import(names=aliases):
                knows |= any(alias.name == source for alias in aliases)
    return knows and any(isinstance(node, ast.Attribute) and node.attr == name for node in ast.walk(module.tree))


def exports(root: Path) -> list[Violation]:
    """Reports what stands in `__all__` and does not exist, or is used by nobody.

    The types and limits of what a room offers may be used by the room alone, and a test may be the one that takes
    something; whether a function serves anything that ships is what `reached` asks.
    """
    found = []
    everything = python_files(root, "src", "tests", "tools", "benchmarks")
    for module in modules(root):
        bound = _bound(module.tree)
        own = [m for m in everything if m.name == module.name or m.name.startswith(f"{module.name}.")]
        named = {name for m in own for name, _ in _uses(m.tree)}
        for name, node in _exported(module.tree).items():
            subject = f"{module.name}:{name}"
            if name not in bound:
                found.append(Violation(subject, module.at(node), f"__all__ names {name}, which is not there"))
            elif name not in named and not any(_takes(m, module.name, name) for m in everything if m not in own):
                found.append(Violation(subject, module.at(node), f"{name} is exported and nobody uses it"))
        if module.is_package and module.room and not _exported(module.tree) and len(module.tree.body) > 1:
            found.append(Violation(module.name, module.path, "a room says in __all__ what it exports"))
    return found


def _decorated(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """Whether a decorator hands the thing to somebody else: a command, a route, a hook."""
    for decorator in node.decorator_list:
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = inner.attr if isinstance(inner, ast.Attribute) else inner.id if isinstance(inner, ast.Name) else ""
        if name not in PLAIN_DECORATORS:
            return True
    return False


def _uses(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name):
                yield name, node.lineno
            case ast.MatchClass(cls=ast.Name(id=name)):
                yield name, node.lineno


def _twin(name: str) -> str:
    """The other half of an `encode_`/`decode_` pair; empty for any other name."""
    verb, _, what = name.partition("_")
    return {"encode": f"decode_{what}", "decode": f"encode_{what}"}.get(verb, "")


def reached(root: Path) -> list[Violation]:
    """Reports functions, methods and classes that no shipped code names: only a test would reach them.

    It goes by names, so it misses what shares its name with something used; it never blames what is used. Of an
    `encode_`/`decode_` pair one is enough: the house wants both, for the round trip.
    """
    everything = modules(root)
    places: dict[str, list[tuple[str, int]]] = {}
    for module in everything:
        for name, line in _uses(module.tree):
            places.setdefault(name, []).append((module.path, line))
    entries = {entry.split(":")[1] for entry in project(root)["project"].get("scripts", {}).values()}
    found = []
    for module in everything:
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name in entries or (node.name.startswith("__") and node.name.endswith("__")) or _decorated(node):
                continue
            own = range(node.lineno, (node.end_lineno or node.lineno) + 1)
            named = places.get(node.name, []) + places.get(_twin(node.name), [])
            if all(path == module.path and line in own for path, line in named):
                subject = f"{module.name}:{node.name}"
                found.append(Violation(subject, module.at(node), f"nothing that ships reaches {node.name}"))
    return found


def examples(root: Path) -> list[Violation]:
    """Reports pure rooms whose docstring shows no example, and any module without a docstring."""
    found = []
    for module in modules(root):
        docstring = ast.get_docstring(module.tree) or ""
        is_face = module.name.count(".") == 1
        if module.room in PURE_ROOMS and is_face and ">>>" not in docstring:
            found.append(Violation(module.name, module.path, "a pure room shows a runnable example in its docstring"))
    return found
