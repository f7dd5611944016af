"""The story that the demonstration tells, step by step; each step asserts what it shows."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from types import FrameType
from typing import Any

from mithaq.demo.outside import Command, ask, free_port, run, serve, until_ready

__all__ = ["DemoFailed", "run_demo"]

ROLES = ("analyst", "delegate", "administrator")
TAXII = "application/taxii+json;version=2.1"
URL_ID = "url--4f3f3b6d-63b4-5a7e-9a33-0d8b6cb1d1c5"
ATTACK = Path("attack") / "ics-attack-18.1.json.gz"


class DemoFailed(Exception):
    """A step did not show what it should."""


def run_demo(*, check: bool, data: Path | None, port: int | None, say: Callable[[str], None]) -> None:
    """Tell the story with `say`, a line a step; then, unless `check`, keep the node open until Ctrl-C or SIGTERM.

    `data` is a STIX bundle to load; without it ATT&CK for ICS, if MITHAQ_TEST_DATA or ../shared/data has it. Everything
    lies in a temporary folder, and is gone at the end. Raises `DemoFailed` with the step that failed.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    folder = Path(tempfile.mkdtemp(prefix="mithaq-demo-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        with contextlib.suppress(KeyboardInterrupt):
            story = Story(folder, port or free_port(), say)
            story.tell(data or find_data(), stack)
            if check:
                say("All steps hold.")
            else:
                story.invite()
                while story.server is not None and story.server.poll() is None:
                    time.sleep(0.5)
                raise DemoFailed("the server ended by itself")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def find_data() -> Path | None:
    """ATT&CK for ICS, where the tests' data lie; None in a clone by itself."""
    place = Path(os.environ.get("MITHAQ_TEST_DATA") or Path("..") / "shared" / "data") / ATTACK
    return place.resolve() if place.is_file() else None


class Story:
    """One telling: the node's folder `node`, its URL, the tokens that it gave."""

    def __init__(self, folder: Path, port: int, say: Callable[[str], None]) -> None:
        self.folder = folder
        self.node = folder / "dara"
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.say = say
        self.server: subprocess.Popen[bytes] | None = None
        self.tokens: dict[str, str] = {}
        self.steps = 0
        self.records = 0
        self.withdrawn = 0

    def step(self, text: str) -> None:
        """Say a step that has been shown."""
        self.steps += 1
        self.say(f"{self.steps:2} {text}")

    def tell(self, data: Path | None, stack: contextlib.ExitStack) -> None:
        """All steps, in order."""
        self.say("Mithaq demo · one fictional member, Dara · what we made up is marked EXERCISE")
        self.found()
        self.read_announcement()
        self.load(data)
        stack.enter_context(self.serving())
        self.follow()
        self.search()
        self.whisper()
        self.refuse()
        self.exchange()
        self.prove()

    def found(self) -> None:
        """A node is made."""
        begun = time.monotonic()
        names = ("--title-ar", "دارا", "--title-ru", "Дара", "--title-en", "Dara")
        made = must(run("init", self.node, "--name", "dara", "--port", str(self.port), *names, "--json")).json()
        seconds = time.monotonic() - begun
        self.step(f"Node made in {seconds:.1f} s: keys, charter {made['alliance'][:16]}…, database, log with entry 0.")

    def read_announcement(self) -> None:
        """An Arabic announcement becomes a programme draft, each line of which stands on a passage of it."""
        with packaged("announcement.html") as page, packaged("alliance.toml") as charter:
            draft = must(run("programme", "import", page, "--charter", charter, "--json")).json()
        term = draft["term"]
        expect(draft["chair"]["value"] == "kolan", "the chair is the member that takes it, not the one before")
        expect((term["from"]["value"], term["to"]["value"]) == ("2027-01-01", "2028-01-01"), "the term is its year")
        expect(draft["motto"]["value"] == "نسمع بعضنا فنأمن معا", "the motto is not the predecessor's")
        text, items = draft["text"], draft["items"]
        expect(all(text[each["start"] : each["end"]] == each["quote"] for each in items), "each item is a quotation")
        themes = {each["theme"] for each in items}
        expect(len(items) == len(themes) == 9 and "other" not in themes, "nine intentions of nine themes are found")
        self.step(
            f"Arabic announcement → {len(items)} items, each tied to its sentence; "
            f"chair Kolan, {term['from']['value']} to {term['to']['value']}, motto «{draft['motto']['value']}»."
        )

    def load(self, data: Path | None) -> None:
        """The demonstration sets are published, and again, without effect."""
        with packaged("exercise.json") as exercise:
            sets = [exercise, data] if data else [exercise]
            begun = time.monotonic()
            done = must(run("import", self.node, *sets, "--json")).json()
            again = must(run("import", self.node, exercise, "--json")).json()
        seconds = time.monotonic() - begun
        expect(done["refused"] == 0 and done["published"] == done["read"] - done["conflicting"], "all is published")
        expect(again["published"] == 0 and again["unchanged"] == again["read"], "a second import changes nothing")
        self.records = done["published"] + 1
        expect(done["size"] == self.records, "each record is an entry of the log")
        what = f"{data.name} and our own EXERCISE set" if data else "our own EXERCISE set"
        self.step(f"{done['published']:,} objects of {what} published in {seconds:.1f} s; a second time: nothing new.")

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """The node serves while the block runs."""
        for role in ROLES:
            made = must(run("token", "create", self.node, "--name", f"demo-{role}", "--role", role, "--json")).json()
            self.tokens[role] = made["token"]
        log = self.folder / "server.log"
        self.server = serve(self.node, log)
        try:
            if not until_ready(self.url, self.server):
                sys.stderr.write(log.read_text("utf-8", "replace")[-2000:])
                raise DemoFailed("the server does not come")
            yield
        finally:
            self.server.terminate()
            self.server.wait(30)

    def follow(self) -> None:
        """A reader follows `next` through everything."""
        seen: list[str] = []
        cursor, pages = "", 0
        while True:
            page = self.get("records", {"limit": 500} | ({"after": cursor} if cursor else {}))
            seen += [record["commitment"] for record in page["records"]]
            cursor, pages = page["next"], pages + 1
            if not page["more"]:
                break
        expect(len(seen) == len(set(seen)) == self.records, "each record is seen once")
        self.step(f"A reader followed {pages} pages and saw each of {self.records:,} records once.")

    def search(self) -> None:
        """The same warning is found in three languages, by words that are not spelled as it is."""
        for words in ("invoices utilities", "поддельные СЧЕТА", "والتحذير فواتير"):
            found = self.get("search", {"q": words})["records"]
            expect(any("exercise" in record["object"].get("labels", ()) for record in found), f"{words} finds it")
        self.step("Search finds the warning in English, Russian and Arabic: «поддельные СЧЕТА», «والتحذير فواتير».")

    def whisper(self) -> None:
        """A TLP:RED note goes to one role and shows to nobody else."""
        with packaged("red.json") as red:
            preview = must(run("release", "preview", self.node, red, "--to", "dara/analyst", "--json")).json()
            expect(preview["organisations"][0]["doors"] == ["dara/analyst"], "the preview names the role")
            wide = run("publish", self.node, red, "--to", "own", "--json")
            expect(
                wide.code == 3 and wide.json()["error"]["code"] == "tlp-red", "RED to a whole organisation is refused"
            )
            done = must(run("publish", self.node, red, "--to", "dara/analyst", "--json")).json()
        commitment = done["published"][0]["commitment"]
        seen = {role: ask(f"{self.url}/api/v1/records/{commitment}", self.tokens[role]) for role in ROLES}
        nothing = ask(f"{self.url}/api/v1/records/{'0' * 64}", self.tokens["delegate"])
        expect(seen["analyst"].status == 200, "the analyst reads it")
        expect(seen["delegate"].status == seen["administrator"].status == 404, "others do not")
        expect(seen["delegate"].body == nothing.body, "to others it is as if there were nothing")
        self.records += 1
        self.step(
            "TLP:RED to the analysts: preview names them; the analyst reads it; to the delegate it does not exist."
        )

    def refuse(self) -> None:
        """Other content under a published version is refused, with a code and advice."""
        with packaged("red.json") as red:
            value = json.loads(red.read_text("utf-8"))
        value["content"] = "EXERCISE · changed afterwards"
        body = json.dumps({"objects": [value], "to": ["dara/analyst"]}).encode()
        answer = ask(f"{self.url}/api/v1/records", self.tokens["analyst"], body=body)
        expect(answer.status == 409 and answer.json()["error"]["code"] == "conflicting-version", "it is refused")
        self.step("The same version with other content: refused [conflicting-version].")

    def exchange(self) -> None:
        """A TAXII client writes, reads and deletes; what it deletes is withdrawn, and says so."""
        objects, token = f"{self.url}/taxii2/api/collections/own/objects/", self.tokens["analyst"]
        value = {"type": "url", "spec_version": "2.1", "id": URL_ID, "value": "http://pumps.example/EXERCISE"}
        sent = ask(objects, token, body=json.dumps({"objects": [value]}).encode(), kind=TAXII)
        expect(sent.status == 202 and sent.json()["success_count"] == 1, "TAXII takes an object")
        found = ask(objects, token, {"match[type]": "url"})
        expect(found.json()["objects"] == [value], "and gives it back")
        expect(ask(f"{objects}{URL_ID}/", token, method="DELETE").status == 200, "and deletes it")
        expect(ask(f"{objects}{URL_ID}/", token).status == 404, "then it is gone")
        said = ask(objects, token, {"match[type]": "mithaq-withdrawal"}).json()["objects"]
        expect([each["from"] for each in said] == [["dara"]], "and those who had it are told")
        self.records += 1
        self.withdrawn += 1
        self.step("TAXII 2.1: an object posted, found by its type, deleted; its bytes are gone, a withdrawal says so.")

    def prove(self) -> None:
        """A stranger verifies a record offline, and sees that a changed one is not genuine."""
        verified = must(run("log", "verify", self.node, "--json")).json()
        entries = self.records + self.withdrawn
        expect(verified["size"] == entries and verified["records"] == self.records, "the log holds what was published")
        shown = ask(f"{self.url}/log/checkpoint").body.decode().split("\n")
        expect(int(shown[1]) == entries, "the checkpoint that is served covers all of it")
        self.step(f"Log recomputed: {entries:,} entries, root {verified['root'][:16]}…, as the served checkpoint says.")
        warning = self.get("search", {"q": "false invoices utilities"})["records"][0]["commitment"]
        proof, charter = self.folder / "warning.tlog-proof", self.node / "charter" / "0001.charter"
        must(run("log", "prove", self.node, warning, "-o", proof))
        genuine = must(run("verify", proof, "--charter", charter))
        expect(genuine.output.startswith(b"GENUINE"), "the proof is genuine")
        self.step("Stranger, no node, no network: mithaq verify warning.tlog-proof → GENUINE.")
        data = proof.read_bytes()
        at = data.index(b"extra ") + 60
        changed = self.folder / "changed.tlog-proof"
        changed.write_bytes(data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :])
        other = run("verify", changed, "--charter", charter)
        expect(other.code != 0 and other.output.startswith(b"NOT GENUINE"), "the changed proof is not")
        self.step("One letter changed → NOT GENUINE.")

    def get(self, path: str, query: dict[str, str | int]) -> Any:
        """What the analyst gets from the API."""
        answer = ask(f"{self.url}/api/v1/{path}", self.tokens["analyst"], query)
        expect(answer.status == 200, f"GET {path} answers 200, not {answer.status}")
        return answer.json()

    def invite(self) -> None:
        """What to look at, to copy and to try."""
        token = self.tokens["analyst"]
        mithaq = "mithaq"
        if Path("uv.lock").is_file():  # where `make demo` had to bring uv along, it is not on the PATH
            mithaq = "uv run mithaq" if shutil.which("uv") else ".venv/bin/mithaq"
        for line in (
            "",
            f"The node serves at {self.url} until Ctrl-C. A token with the role analyst:",
            f"  {token}",
            "In another terminal:",
            f"  curl -H 'Authorization: Bearer {token}' '{self.url}/api/v1/search?q=invoices'",
            f"  curl {self.url}/log/checkpoint",
            f"  {mithaq} search {self.node} فواتير",
            f"  {mithaq} audit {self.node}",
            f"  {mithaq} verify {self.folder}/warning.tlog-proof --charter {self.node}/charter/0001.charter",
        ):
            self.say(line)


@contextlib.contextmanager
def packaged(name: str) -> Iterator[Path]:
    """A file of the demonstration set, as a path."""
    with resources.as_file(resources.files("mithaq.demo") / name) as path:
        yield path


def must(done: Command) -> Command:
    """The command's result, if it succeeded."""
    if done.code != 0:
        raise DemoFailed(f"exit code {done.code}: {done.errors.strip() or done.output.decode('utf-8', 'replace')}")
    return done


def expect(condition: bool, text: str) -> None:
    """Fail the story unless `condition`."""
    if not condition:
        raise DemoFailed(text)
