"""The words around the code: links that resolve, settings and routes explained, no foreign host.

Nor does any file name a folder of one machine.
"""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

from tests.house.source import Violation, modules, pages, project, python_files, tree_files

LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
CODE_PATH = re.compile(r"(?:docs|src|tests|tools|benchmarks|\.ci)/[\w./-]*\w")
PAGE_PARTS = {".css", ".htm", ".html", ".j2", ".jinja", ".jinja2", ".js", ".mjs", ".svg"}
HOST = re.compile(r"""(?:\b[a-z]+:|["'(=\s])//(?!www\.w3\.org/)[a-z0-9-]+(?:\.[a-z0-9-]+)+""", re.IGNORECASE)
# Spelled in pieces, so that this file may lie in the tree that it judges.
OURS_ONLY = {
    "a folder of one machine": re.compile("/" + r"(?:work|root|home/\w+|Users/\w+)/"),
    "a package registry's address": re.compile(
        r"\b(?:"
        + "|".join(
            (
                r"py" + r"pi\.org",
                r"python" + r"hosted\.org",
                r"npm" + r"js\.(?:org|com)",
                r"proxy\.go" + r"lang\.org",
                r"crates" + r"\.io",
                r"deb\.deb" + r"ian\.org",
            )
        )
        + ")"
    ),
}
REGISTRIES_ALLOWED = {"uv.lock"}
VARIABLE = re.compile(r"\b(?:MITHAQ|REQUIRE)_[A-Z0-9_]*[A-Z0-9]\b")
ROUTES = {"Route", "WebSocketRoute", "Mount"}


def _prose(text: str) -> str:
    """A page without its fenced code and inline code: what is left can hold links."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE))


def _anchors(text: str) -> set[str]:
    plain = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE)
    anchors: set[str] = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", plain))
    for heading in re.findall(r"^#+ +(.+?) *#*$", plain, re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
        anchors.add(words.replace(" ", "-"))
    return anchors


def links(root: Path) -> list[Violation]:
    """Reports links, named paths and `make` targets in the pages that lead nowhere."""
    found = []
    everything = pages(root)
    makefile = root / "Makefile"
    targets = (
        set(re.findall(r"^([a-z-]+):", makefile.read_text(encoding="utf-8"), re.MULTILINE))
        if makefile.exists()
        else set()
    )
    for name, text in everything.items():
        for link in LINK.findall(_prose(text)):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = unquote(link).partition("#")
            target = (root / name).parent / path if path else root / name
            if not target.exists():
                found.append(Violation(f"{name}:{link}", name, f"the link {link} leads nowhere"))
            elif anchor and target.suffix == ".md" and anchor not in _anchors(target.read_text(encoding="utf-8")):
                found.append(Violation(f"{name}:{link}", name, f"{target.name} has no heading #{anchor}"))
        for code in re.findall(r"`([^`\n]+)`", text):
            if CODE_PATH.fullmatch(code) and not (root / code).exists():
                found.append(Violation(f"{name}:{code}", name, f"there is no {code}"))
            made = re.match(r"make ([a-z-]+)", code)
            if made and targets and made[1] not in targets:
                found.append(Violation(f"{name}:{code}", name, f"the Makefile has no target {made[1]}"))
    return found


def hosts(root: Path) -> list[Violation]:
    """Reports templates, styles and scripts that name a host: a page loads nothing from elsewhere."""
    found = []
    for path in tree_files(root):
        name = path.relative_to(root).as_posix()
        if path.suffix in PAGE_PARTS and name.startswith("src/"):
            text = path.read_text(encoding="utf-8")
            found += [Violation(name, name, f"names a host: {hit.strip()}") for hit in HOST.findall(text)]
    return found


def words(root: Path) -> list[Violation]:
    """Reports files that name a folder of one machine or a package registry."""
    found = []
    for path in tree_files(root):
        name = path.relative_to(root).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for what, pattern in OURS_ONLY.items():
            hit = pattern.search(text)
            if hit and not (name in REGISTRIES_ALLOWED and "registry" in what):
                line = text.count("\n", 0, hit.start()) + 1
                found.append(Violation(name, f"{name}:{line}", f"names {what}: {hit[0]}"))
    return found


def _requirement(text: str) -> str:
    return re.split(r"[\[<>=!~; ]", text, maxsplit=1)[0].lower()


def dependencies(root: Path) -> list[Violation]:
    """Reports where `docs/dependencies.md` and the project file name different packages, or one without a reason."""
    stated = project(root)
    page_path = root / "docs" / "dependencies.md"
    page = page_path.read_text(encoding="utf-8") if page_path.exists() else ""
    rows = re.findall(r"^\| *`([^`]+)` *\|(.*)\|$", page, re.MULTILINE)
    explained = {name.lower() for name, _ in rows}
    optional = stated["project"].get("optional-dependencies", {}).values()
    lists = [stated["project"].get("dependencies", []), *stated.get("dependency-groups", {}).values(), *optional]
    lists.append(stated.get("build-system", {}).get("requires", []))
    needed = {_requirement(item) for items in lists for item in items if isinstance(item, str)}
    place = "docs/dependencies.md"
    found = [Violation(name, place, f"{name} is not explained") for name in sorted(needed - explained)]
    found += [Violation(name, place, f"{name} is explained and not needed") for name in sorted(explained - needed)]
    bare = [name for name, rest in rows if not re.search(r"\w{3}", rest.rsplit("|", 1)[-1])]
    return found + [Violation(name, place, f"{name} has no reason") for name in bare]


_SETTINGS = """
import importlib, inspect, json, msgspec
module = importlib.import_module("mithaq.config")
parts = [module] + [
    importlib.import_module(f"mithaq.config.{entry.name}")
    for entry in __import__("pkgutil").iter_modules(getattr(module, "__path__", []))
]
print(json.dumps([
    f"{name}.{field.encode_name}"
    for part in parts
    for name, kind in inspect.getmembers(part, inspect.isclass)
    if issubclass(kind, msgspec.Struct) and kind.__module__ == part.__name__
    for field in msgspec.structs.fields(kind)
]))
"""


def settings(root: Path) -> list[Violation]:
    """Reports settings and environment variables that no page explains in code letters."""
    top = root / "src" / "mithaq"
    text = "\n".join(pages(root).values())
    found = []
    if (top / "config.py").exists() or (top / "config").exists():
        environment = os.environ | {"PYTHONPATH": str(root / "src")}
        ask = [sys.executable, "-c", _SETTINGS]
        done = subprocess.run(ask, capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            return [Violation("mithaq.config", "src/mithaq/config", f"cannot be imported: {done.stderr[-300:]}")]
        names = json.loads(done.stdout)
        if not names:
            found.append(Violation("mithaq.config", "src/mithaq/config", "holds no settings as msgspec structs"))
        for name in names:
            field = name.split(".")[1]
            if not re.search(rf"`(?:[\w.]+\.)?{re.escape(field)}`|^{re.escape(field)} *=", text, re.MULTILINE):
                found.append(Violation(name, "src/mithaq/config", f"setting {name} is explained on no page"))
    variables: dict[str, str] = {}
    for module in python_files(root, "src", "tests"):
        if not module.path.startswith("tests/house/"):
            variables |= dict.fromkeys(VARIABLE.findall(module.text), module.path)
    missing = {name: path for name, path in variables.items() if not re.search(rf"\b{name}\b", text)}
    return found + [Violation(name, path, f"{name} is explained on no page") for name, path in sorted(missing.items())]


def routes(root: Path) -> list[Violation]:
    """Reports routes of the web room that neither a page nor the interface description names.

    A route's path stands as a string where the route is made, so that it can be found by reading.
    """
    described = [
        path for path in tree_files(root) if path.suffix in {".json", ".yaml", ".yml"} and "openapi" in path.name
    ]
    text = "\n".join([*pages(root).values(), *(path.read_text(encoding="utf-8") for path in described)])
    found = []
    for module in modules(root):
        if module.room != "web":
            continue
        for node in ast.walk(module.tree):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[first, *_]) if name in ROUTES:
                    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
                        found.append(Violation(module.at(node), module.at(node), "write the route's path out"))
                        continue
                    path = re.sub(r":\w+\}", "}", first.value)
                    if path.strip("/") and not re.search(rf"{re.escape(path)}(?![\w/{{-])", text):
                        found.append(Violation(path, module.at(node), f"route {path} is explained on no page"))
    return found
