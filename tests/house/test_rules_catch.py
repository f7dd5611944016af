"""Each house rule, and each gate of `make check`, shown a breach that it must report.

A small project that keeps every rule is built in a temporary folder; each case breaks it in one way.
"""

import doctest
import os
import re
import shutil
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.house import small_tree, tour
from tests.house.exemptions import unexcused
from tests.house.purity import forbidden_modules
from tests.house.rules import RULES
from tests.house.small_tree import add, replace, write
from tests.house.source import LAYERS, PURE_ROOMS, ROOMS, ROOT, Violation, project

BIN = Path(sys.executable).parent
CATALOGUE = "src/mithaq/errors/catalogue.py"
ERRORS = "src/mithaq/errors/__init__.py"
CONFIG = "src/mithaq/config.py"
MODEL = "src/mithaq/model.py"
WEB = "src/mithaq/web.py"


class Breach(NamedTuple):
    """One way to break one rule, and words that its report must hold."""

    rule: str
    says: str
    make: Callable[[Path], None]


def adds(name: str, text: str) -> Callable[[Path], None]:
    return lambda root: add(root, name, text)


def writes(name: str, text: str) -> Callable[[Path], None]:
    return lambda root: write(root, name, text)


def replaces(name: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda root: replace(root, name, old, new)


def documented(name: str, text: str) -> Callable[[Path], None]:
    """Adds to the source and brings the reference pages up to date, so that only the words can be missing."""

    def make(root: Path) -> None:
        add(root, name, text)
        tool = [sys.executable, str(ROOT / "tools" / "reference.py"), "--root", str(root)]
        subprocess.run(tool, check=False, stdout=subprocess.DEVNULL)

    return make


PURITY = {
    "open": "x = open('f')",
    "print": "print(1)",
    "datetime.now": "import datetime as d\nx = d.datetime.now(d.UTC)",
    "now()": "def f(anything):\n    return anything.now()",
    "when.now": "from datetime import datetime as when\nclock = when.now",
    "date.today": "from datetime import date\nx = date.today()",
    "utcnow": "from datetime import datetime\nx = datetime.utcnow",
    "astimezone() into the machine's own zone": "def f(t):\n    return t.astimezone()",
    "time": "import time",
    "random": "from random import random",
    "secrets": "def f():\n    import secrets\n    return secrets",
    "uuid4": "import uuid\nx = uuid.uuid4()",
    "uuid.uuid1": "from uuid import uuid1",
    "urandom": "def f(system):\n    return system.urandom(3)",
    "environ": "def f(system):\n    return system.environ['A']",
    "os": "import os",
    "pathlib": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pathlib import Path",
    "read_text()": "def f(path):\n    return path.read_text()",
    "socket": "import socket",
    "starlette.requests": "from starlette.requests import Request",
    "generate()": "def f(kind):\n    return kind.generate()",
    "__import__": "x = __import__('o' + 's')",
}

BREACHES = [
    *(Breach("purity", f"{what} in a pure room", adds(MODEL, f"\n\n{code}\n")) for what, code in PURITY.items()),
    Breach("purity", "time in a pure room", writes("src/mithaq/council/clock.py", '"""Clock."""\nimport time\n')),
    Breach("contracts", "room release exists: take its", writes("src/mithaq/release.py", '"""Who may read."""\n')),
    Breach("contracts", "room wire does not exist", lambda root: (root / "src/mithaq/wire.py").unlink()),
    Breach("contracts", "`pure` leaves out model", replaces("pyproject.toml", '"mithaq.model", ', "")),
    Breach("contracts", "is no room of the house", writes("src/mithaq/misc.py", '"""Odds and ends."""\n')),
    Breach("sizes", "601 lines", writes("src/mithaq/store/long.py", "x = 1\n" * 601)),
    Breach("sizes", "long_one has 61 lines", adds(MODEL, "\ndef long_one():\n" + "    x = 1\n" * 61)),
    Breach("sizes", "C.inner has 61 lines", adds(MODEL, "class C:\n  def inner(s):\n" + "    x = 1\n" * 61)),
    Breach("names", "utils", writes("src/mithaq/store/utils.py", '"""Things."""\n')),
    Breach("names", "RecordManager", adds(MODEL, "\nclass RecordManager: ...\n")),
    Breach("names", "HTTPHandler", adds(MODEL, "\nclass HTTPHandler: ...\n")),
    Breach("names", "tile_helper", adds(MODEL, "\ndef tile_helper(): ...\n")),
    Breach("exports", "names gone, which is not there", replaces(MODEL, '["decode_name"]', '["decode_name", "gone"]')),
    Breach("exports", "LIMIT is exported and nobody uses", replaces(MODEL, '["decode_name"]', '["LIMIT"]\nLIMIT = 3')),
    Breach("exports", "Idle is exported", replaces(ERRORS, '__all__ = [', 'from x import Idle\n__all__ = ["Idle", ')),
    Breach("exports", "says in __all__", writes("src/mithaq/peers/__init__.py", '"""Peers."""\nX = 1\n')),
    Breach("reached", "reaches only_tests", adds(MODEL, "\n\ndef only_tests():\n    return only_tests()\n")),
    Breach("reached", "reaches Forgotten", adds(MODEL, "\n\nclass Forgotten:\n    pass\n")),
    Breach("reached", "reaches forgotten", adds(CATALOGUE, "\n\nclass _A:\n    def forgotten(self): ...\n\n\n_A()\n")),
    Breach("examples", "shows a runnable example", writes(MODEL, '"""A model."""\n')),
    Breach("error-codes", "code too-odd is not in", adds(MODEL, '\n\ndef f():\n    raise Refused("too-odd")\n')),
    Breach("error-codes", "nothing raises too-long", replaces(MODEL, 'Refused("too-long", "name", most=3)', "OSError")),
    Breach("error-codes", "texts want ['most']", replaces(MODEL, "most=3", "longest=3")),
    Breach("error-codes", "texts want []", replaces("src/mithaq/store.py", "retry_after=1", "until=1")),
    Breach("error-codes", "is Refused in the catalogue", replaces(MODEL, "raise Refused(", "raise Untrusted(")),
    Breach("error-codes", "code written out", replaces(MODEL, 'Refused("too-long"', "Refused(text")),
    Breach("error-codes", "not **", replaces(MODEL, "most=3", "**words")),
    Breach("error-codes", "not in the cat", replaces(MODEL, '"too-long", "n', '"too-long" if text else "x", "n')),
    Breach("error-words", "do not name the same", replaces(CATALOGUE, "длиннее {most}", "длиннее {more}")),
    Breach("error-words", "the ar text has no letter", replaces(CATALOGUE, "اختصره.", "Shorten it.")),
    Breach("error-words", "the ru text has no letter", replaces(CATALOGUE, "Сократите его.", "Shorten it.")),
    Breach("error-words", "lacks ['ar']", replaces(CATALOGUE, '"ar": Text("الاسم', '"xx": Text("الاسم')),
    Breach("error-words", "small letters", replaces(CATALOGUE, '"too-long":', '"Too long":')),
    Breach("reference-pages", "docs/errors.md is not", replaces(CATALOGUE, "Shorten it.", "Shorten it now.")),
    Breach("reference-pages", "docs/commands.md is not", replaces("src/mithaq/cli.py", "Keep a name.", "Keep one.")),
    Breach("reference-pages", "docs/errors.md is not", lambda root: (root / "docs/errors.md").unlink()),
    Breach(
        "reference-pages",
        "command `mithaq lose` has no help",
        documented("src/mithaq/cli.py", "\n\n@main.command()\ndef lose(): ...\n"),
    ),
    Breach(
        "reference-pages",
        "`mithaq lose` says nothing of `--all TEXT`",
        documented("src/mithaq/cli.py", '\n\n@main.command()\n@click.option("--all")\ndef lose():\n    """Lose."""\n'),
    ),
    Breach(
        "reference-pages",
        "`mithaq lose` says nothing of `NAME`",
        documented("src/mithaq/cli.py", '\n\n@main.command()\n@click.argument("name")\ndef lose():\n    """Lose."""\n'),
    ),
    Breach("links", "leads nowhere", adds("README.md", "\n[gone](docs/gone.md)\n")),
    Breach("links", "no heading #gone", adds("README.md", "\n[gone](docs/errors.md#gone)\n")),
    Breach("links", "there is no docs/gone.md", adds("README.md", "\nRead `docs/gone.md`.\n")),
    Breach("links", "no target gone", adds("README.md", "\nRun `make gone`.\n")),
    Breach("hosts", "names a host", adds("src/mithaq/templates/page.html", '<script src="https://cdn.example/x.js">')),
    Breach("hosts", "names a host", writes("src/mithaq/static/a.css", "@import url(//fonts.example.org/a.css);")),
    Breach("words", "a folder of one machine", adds("README.md", "\nIt lies in /" + "root/mithaq.\n")),
    Breach("words", "a folder of one machine", writes(".ci/run", "cd /" + "home/somebody/mithaq\n")),
    Breach("words", "a package registry", adds("Makefile", "\n# https://py" + "pi.org/simple\n")),
    Breach("dependencies", "click is not explained", replaces("docs/dependencies.md", "| `click` |", "| click |")),
    Breach("dependencies", "gone is explained and", adds("docs/dependencies.md", "\n| `gone` | It was useful. |\n")),
    Breach("dependencies", "gone has no reason", adds("docs/dependencies.md", "\n| `gone` | |\n")),
    Breach("settings", "Settings.depth is explained", replaces(CONFIG, "port: int = 8000", "depth: int = 1")),
    Breach("settings", "MITHAQ_NEW is explained", adds("src/mithaq/store.py", '\nNAME = "MITHAQ_NEW"\n')),
    Breach("settings", "holds no settings", writes(CONFIG, '"""Settings."""\n')),
    Breach("settings", "cannot be imported", writes(CONFIG, "import nothing_of_that_name\n")),
    Breach("routes", "route /names is explained", replaces(WEB, "/names/{name:path}", "/names")),
    Breach("routes", "write the route's path out", replaces(WEB, 'Route("/names/{name:path}"', "Route(path")),
]  # fmt: skip


@pytest.fixture(scope="module")
def whole_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("whole")
    small_tree.build(root)
    return root


@pytest.fixture
def tree(whole_tree: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole_tree, tmp_path / "tree")


@pytest.mark.parametrize("name", RULES)
def test_the_small_tree_keeps_the_rule(name: str, tree: Path) -> None:
    assert [str(violation) for violation in RULES[name](tree)] == []


def test_every_rule_is_shown_a_breach() -> None:
    assert {breach.rule for breach in BREACHES} == set(RULES)


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.rule}: {breach.says}")
def test_rule_catches(breach: Breach, tree: Path) -> None:
    breach.make(tree)
    reported = [str(violation) for violation in RULES[breach.rule](tree)]
    assert any(breach.says in text for text in reported), reported


def test_exemptions_excuse_one_subject_of_one_rule_and_no_more() -> None:
    found = [Violation("a", "a.py", "is long"), Violation("b", "b.py", "is long")]
    assert unexcused("sizes", found, {}) == ["a.py: is long", "b.py: is long"]
    assert unexcused("sizes", found, {("sizes", "a"): "why", ("names", "b"): "why"}) == ["b.py: is long"]
    unused = unexcused("sizes", found[:1], {("sizes", "a"): "why", ("sizes", "gone"): "why"})
    assert unused == ["the exemption of gone from sizes is needed no more"]


def test_a_reference_page_is_the_same_in_every_terminal(tree: Path) -> None:
    names = [f"{'LONG' * 9}{number}" for number in range(3)]
    arguments = "".join(f'@click.argument("{name}", help="A name.")\n' for name in names)
    lose = '    """Lose names.\n\n    \b\n    All of them.\n    """\n'
    add(tree, "src/mithaq/cli.py", f"\n\n@main.command()\n{arguments}def lose(**_):\n{lose}")
    pages = set()
    for columns in ("30", "300"):
        environment = os.environ | {"COLUMNS": columns}
        tool = [sys.executable, str(ROOT / "tools" / "reference.py"), "--root", str(tree)]
        subprocess.run(tool, check=True, stdout=subprocess.DEVNULL, env=environment)
        pages.add((tree / "docs" / "commands.md").read_text(encoding="utf-8"))
    assert len(pages) == 1
    assert f"\nLose names.\n\nAll of them.\n\n`mithaq lose [OPTIONS] {' '.join(names)}`\n" in pages.pop()


def run(tree: Path, *command: str) -> tuple[int, str]:
    """Runs a tool of the environment in the small tree, whose own source comes first."""
    environment = os.environ | {"PYTHONPATH": str(tree / "src"), "NO_COLOR": "1"}
    words = [str(BIN / command[0]), *command[1:]]
    done = subprocess.run(words, cwd=tree, capture_output=True, text=True, check=False, env=environment)
    return done.returncode, done.stdout + done.stderr


IMPORTS = {
    "a layer above": (
        "src/mithaq/model.py",
        "import mithaq.store",
        "mithaq.model is not allowed to import mithaq.store",
    ),
    "a sibling": (
        "src/mithaq/release.py",
        "import mithaq.council",
        "mithaq.release is not allowed to import mithaq.council",
    ),
    "a framework": ("src/mithaq/wire.py", "import starlette", "mithaq.wire is not allowed to import starlette"),
    "the clock": ("src/mithaq/model.py", "def f():\n    import time", "mithaq.model is not allowed to import time"),
    "a stranger": ("src/mithaq/odds.py", "x = 1", "mithaq.odds"),
}


@pytest.mark.parametrize("case", IMPORTS)
def test_import_contracts_catch(case: str, tree: Path) -> None:
    for room in ("release", "council"):
        write(tree, f"src/mithaq/{room}.py", '"""A sibling."""\n')
    code, said = run(tree, "lint-imports", "--no-cache", "--no-logo")
    assert code == 0, said
    name, statement, report = IMPORTS[case]
    write(
        tree, name, ((tree / name).read_text(encoding="utf-8") if (tree / name).exists() else "") + f"\n{statement}\n"
    )
    code, said = run(tree, "lint-imports", "--no-cache", "--no-logo")
    assert code == 1
    assert report in said


def test_import_contracts_catch_every_way_up(tree: Path) -> None:
    """All rooms at once, each importing every room above it and its siblings."""
    above: list[str] = []
    wrong = []
    write(tree, "pyproject.toml", small_tree.fit_contracts((tree / "pyproject.toml").read_text("utf-8"), set(ROOMS)))
    for layer in LAYERS:
        for room in layer:
            banned = [*above, *(each for each in layer if each != room)]
            wrong += [f"mithaq.{room} is not allowed to import mithaq.{each}" for each in banned]
            statements = "".join(f"import mithaq.{each}\n" for each in banned)
            write(tree, f"src/mithaq/{room}/__init__.py", f'"""A room."""\n\n{statements}')
            (tree / f"src/mithaq/{room}.py").unlink(missing_ok=True)
        above += layer
    code, said = run(tree, "lint-imports", "--no-cache", "--no-logo")
    assert code == 1
    assert [text for text in wrong if text not in said] == []


def test_import_contracts_catch_every_forbidden_module(tree: Path) -> None:
    """Every module that the contract `pure` names, in every pure room."""
    write(tree, "pyproject.toml", small_tree.fit_contracts((tree / "pyproject.toml").read_text("utf-8"), set(ROOMS)))
    forbidden = sorted(forbidden_modules(tree))
    for room in ROOMS:
        statements = "".join(f"import {name}\n" for name in forbidden) if room in PURE_ROOMS else ""
        (tree / f"src/mithaq/{room}.py").unlink(missing_ok=True)
        write(tree, f"src/mithaq/{room}/__init__.py", f'"""A room."""\n\n{statements}')
    code, said = run(tree, "lint-imports", "--no-cache", "--no-logo")
    assert code == 1
    wrong = [f"mithaq.{room} is not allowed to import {name}" for room in PURE_ROOMS for name in forbidden]
    assert [text for text in wrong if text not in said] == []


def test_every_ban_of_ruff_catches(tree: Path) -> None:
    """Each name that `pyproject.toml` bans, in every pure room, whether that is a module or a package."""
    bans = sorted(project(ROOT)["tool"]["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"])
    uses = [f"import {name.rpartition('.')[0] or name}\n\nX = {name}\n" for name in bans]
    expected = set()
    for room in PURE_ROOMS:
        (tree / f"src/mithaq/{room}.py").unlink(missing_ok=True)
        for name, use in zip(bans, uses, strict=True):
            path = f"src/mithaq/{room}/{name.replace('.', '_')}.py"
            expected.add((path, name))
            write(tree, path, f'"""A module."""\n\n{use}')
    for room in PURE_ROOMS:
        write(tree, f"src/mithaq/{room}.py", '"""A module."""\n\nimport os\n\nX = os.sep\n')
        expected.add((f"src/mithaq/{room}.py", "os"))
    _, said = run(tree, "ruff", "check", "--no-cache", "--select", "TID251", "--output-format", "concise", "src")
    found = set(re.findall(r"^([^:]+):\d+:\d+: TID251 `([\w.]+)` is banned", said, re.MULTILINE))
    assert expected - found == set()


# Code, the file that it is added to, the rule that reports it; an empty rule: nothing may report it there.
STYLE = [
    ("import os\nx = os.sep\n", MODEL, "TID251"),
    ("import time\nx = time.time()\n", "src/mithaq/wire.py", "TID251"),
    ("from datetime import UTC, datetime\nx = datetime.now(UTC)\n", "src/mithaq/tlog/a.py", "TID251"),
    ("from uuid import uuid4\nx = uuid4()\n", "src/mithaq/errors/a.py", "TID251"),
    ("from pathlib import Path\nx = Path()\n", "src/mithaq/release.py", "TID251"),
    ("import secrets\nx = secrets.token_bytes(3)\n", "src/mithaq/council/a.py", "TID251"),
    ("import time\n\nx = time.time()\n", "src/mithaq/node.py", ""),
    ("import time\n\nx = time.time()\n", "src/mithaq/store/a.py", ""),
    ("from . import model\nx = model\n", "src/mithaq/web.py", "TID252"),
    ("from datetime import datetime\nx = datetime.now()\n", "src/mithaq/node.py", "DTZ005"),
    ("x = open('f')\n", "src/mithaq/node.py", "PTH123"),
    ("print(1)\n", "src/mithaq/node.py", "T201"),
    ("print(1)\n", "src/mithaq/cli/a.py", ""),
    ("assert 1\n", MODEL, "S101"),
    ("def f(q):\n    return f'SELECT {q} FROM t'\n", "src/mithaq/store/a.py", "S608"),
    ("def public():\n    return 1\n", MODEL, "D103"),
    ("class Public:\n    x = 1\n", MODEL, "D101"),
    (
        "class _P:\n    def public(self):\n        return 1\n\n\nclass P(_P):\n    '''P.'''\n    def p(self): ...\n",
        MODEL,
        "D102",
    ),
    ("", "src/mithaq/release.py", "D100"),
    ("import json\n", MODEL, "F401"),
    ("x = 1  # noqa\n", MODEL, "PGH004"),
    ("try:\n    x = 1\nexcept:\n    pass\n", MODEL, "E722"),
    ("def f(x):\n" + "    if x:\n        x = 2\n" * 13, MODEL, "C901"),
    ("def f(x):\n" + "    x = 2\n" * 61, MODEL, "PLR0915"),
    ("x = '" + "a" * 120 + "'\n", MODEL, "E501"),
    ("def f(x=[]):\n    return x\n", MODEL, "B006"),
]


@pytest.mark.parametrize(("code", "name", "rule"), STYLE, ids=lambda part: part if len(part) < 30 else part[:20])
def test_style_rules_catch(code: str, name: str, rule: str, tree: Path) -> None:
    docstring = "" if rule == "D100" else '"""A module."""\n\n'
    write(tree, name, f"{docstring}{code}" if code else "x = 1\n")
    write(tree, f"{Path(name).parent}/__init__.py", '"""A package."""\n')
    _, said = run(tree, "ruff", "check", "--no-cache", "--output-format", "concise", name)
    reported = {line.split()[1] for line in said.splitlines() if line.startswith(f"{name}:")}
    assert (rule in reported) if rule else not reported, said


def test_the_formatter_catches(tree: Path) -> None:
    assert run(tree, "ruff", "format", "--check", "--no-cache", "src")[0] == 0
    add(tree, MODEL, "\n\nX  =  1\n")
    assert run(tree, "ruff", "format", "--check", "--no-cache", "src")[0] == 1


def test_types_catch(tree: Path) -> None:
    write(
        tree, "src/mithaq/small.py", '"""S."""\n\n\ndef f(x):\n    return x\n\n\ny: int = "a"\nz = 1  # type: ignore\n'
    )
    code, said = run(tree, "mypy", "--no-incremental", "src/mithaq/small.py")
    assert code == 1
    assert all(kind in said for kind in ("[no-untyped-def]", "[assignment]", "[unused-ignore]"))


def test_a_wrong_example_is_caught() -> None:
    module = types.ModuleType("wrong", ">>> 1 + 1\n3\n")
    with pytest.raises(doctest.DocTestFailure):
        doctest.testmod(module, raise_on_error=True)


def test_warnings_are_errors(tree: Path) -> None:
    write(tree, "tests/test_w.py", "import warnings\n\n\ndef test_w():\n    warnings.warn('w')\n")
    code, said = run(tree, "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert code == 1
    assert "UserWarning" in said


TOUR = """# X

## Five minutes

```console
$ cd docs && uv run --frozen python -c 'print("one two  three")' && cd ..
one … three
$ test -f README.md
$ sleep 60 &
$ false
$ echo $?
1
```

## Next

```console
$ false
```
"""


def test_the_tour_runs_and_catches(tree: Path) -> None:
    assert [step.expected for step in tour.steps(TOUR)] == [["one … three"], [], [], [], ["1"]]
    assert tour.run(tour.steps(TOUR), tree) == []
    assert "no five-minute tour" in tour.run(tour.steps("# X\n\n```console\n$ true\n```\n"), tree)[0]
    failing = tour.run(tour.steps(TOUR.replace("test -f README.md", "test -f GONE.md")), tree)
    assert failing[0].startswith("`test -f GONE.md` ended with 1")
    differing = tour.run(tour.steps(TOUR.replace("one … three", "four")), tree)
    assert "does not print `four`" in differing[0]
    leaving = tour.run(tour.steps(TOUR.replace("test -f README.md", "exit 0")), tree)
    assert leaving[0].startswith("the tour stopped at `exit 0`")
    hanging = tour.run(tour.steps(TOUR.replace("test -f README.md", "sleep 60")), tree, seconds=0.5)
    assert hanging[0].startswith("the tour took longer")


def test_ci_does_not_run_without_data(tmp_path: Path) -> None:
    environment = os.environ | {"MITHAQ_TEST_DATA": str(tmp_path)}
    script = ["/bin/bash", str(ROOT / ".ci" / "run")]
    done = subprocess.run(script, capture_output=True, text=True, check=False, env=environment, timeout=60)
    assert done.returncode == 1
    assert f"no shared data at {tmp_path}" in done.stderr


def test_where_there_is_no_apt_the_packages_are_named() -> None:
    script = ["/bin/sh", str(ROOT / "tools" / "ci-deps.sh")]
    done = subprocess.run(script, capture_output=True, text=True, check=False, env={"PATH": "/nonexistent"}, timeout=60)
    assert done.returncode == 1
    assert "install PostgreSQL 15 or newer, Go and golang.org/x/mod by hand" in done.stderr


def test_a_data_test_skips_or_fails(tmp_path: Path) -> None:
    write(tmp_path, "tests/test_d.py", "def test_d(shared_data):\n    assert shared_data\n")
    write(tmp_path, "tests/conftest.py", (ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    said = {}
    for required in ("0", "1"):
        environment = os.environ | {"MITHAQ_TEST_DATA": str(tmp_path / "none"), "REQUIRE_DATA": required}
        words = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", str(tmp_path / "tests")]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)
        said[required] = done.stdout
    assert "1 skipped" in said["0"]
    assert said["0"].count("no shared data at") == 1
    assert "1 error" in said["1"]
