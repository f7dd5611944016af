"""Going on with a log after a restore: what others keep of it decides, and is recomputed."""

import io
import os
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from psycopg import connect, sql

from mithaq.cli.upkeep import log_export, log_resume
from mithaq.errors import Refused, Untrusted
from mithaq.model import Reader, verify_genuine
from mithaq.node import Node, read_audit, verify_log
from mithaq.node.resume import Resumed, resume, write_export
from mithaq.store.database import Database, DatabaseSecrets, Target
from mithaq.store.logs import LogHead, own_log, prove_log, read_every_tile, read_tiles
from mithaq.tlog import (
    Checkpoint,
    consistency_proof,
    decode_entry_bundle,
    decode_tile_path,
    hash_leaves,
    root_hash,
    sign_checkpoint,
    tile_reader,
    tiles_for_consistency,
    verify_checkpoint,
    verify_consistency,
)
from tests.node.keeping import found, opened, publish, refused, run, run_json
from tests.properties.alliance import charter, signed
from tests.store.nodes import append_all, new_record, node_in, small_alliance, stix
from tests.store.servers import Server, embedded, make, new_secrets

SIZES = (1, 2, 255, 256, 257, 600)
OWN = Reader("dara")


class Kept(NamedTuple):
    """What others keep of the log at one size, and a database as it was then."""

    database: str
    checkpoint: Path
    export: Path
    proof: Path


class World:
    """A log that grew in steps, each kept by others; `at` gives the node as a restore at one step makes it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.credentials: DatabaseSecrets = new_secrets()
        self.dbname = server.new_database()
        self.target = server.new_target(self.dbname)
        make(self.target, self.credentials)
        self.kept: dict[int, Kept] = {}
        self.node: Node
        for size in SIZES:
            with self._database(self.dbname) as database:
                self._grow(database, size)
                self._keep(size)
            self.kept[size] = self.kept[size]._replace(database=self.copy(self.dbname))

    def _database(self, dbname: str) -> Database:
        return Database(Target(self.server.dsn(dbname), self.target.schema), self.credentials)

    def _grow(self, database: Database, size: int) -> None:
        if size == 1:
            with node_in(self.folder / "node", database, charter(("dara",))) as node:
                self.node = node
        node = self.on(database)
        node_size = node.log_head().size
        if size > node_size:
            append_all(node, [new_record(node, stix(), ("dara",)) for _ in range(size - node_size)])

    def on(self, database: Database) -> Node:
        return Node(self.node.home, database, self.node.name, self.node.charter, clock=self.node.clock)

    def _keep(self, size: int) -> None:
        with self._database(self.dbname) as database:
            node = self.on(database)
            files = [self.folder / f"{size}.{kind}" for kind in ("checkpoint", "tar", "tlog-proof")]
            files[0].write_bytes(node.checkpoint())
            write_export(node, files[1], actor="test")
            newest = node.page(OWN, "", 1000).records[-1]
            files[2].write_bytes(node.prove(OWN, newest.commitment.hex())[1])
        self.kept[size] = Kept("", *files)

    def copy(self, dbname: str) -> str:
        name = self.server.new_database()
        with connect(self.server.dsn(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(dbname)))
        return name

    def restored(self, size: int) -> Database:
        """A copy of the database as it was at `size`, its log unproven."""
        database = self._database(self.copy(self.kept[size].database))
        with database.writing() as connection:
            prove_log(connection, proven=False)
        return database


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with embedded(tmp_path_factory.mktemp("server") / "database") as found:
        with connect(found.dsn(), autocommit=True) as connection:  # a copy for each test: none has to survive a crash
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
            connection.execute("SELECT pg_reload_conf()")
        yield found


@pytest.fixture(scope="module")
def world(server: Server, tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(server, tmp_path_factory.mktemp("world"))


@pytest.fixture
def at(world: World) -> Iterator[Callable[[int], Node]]:
    """The node restored to one of the sizes."""
    made: list[Database] = []

    def node(size: int) -> Node:
        made.append(world.restored(size))
        return world.on(made[-1])

    yield node
    for database in made:
        database.close()


def head_of(node: Node) -> LogHead:
    with node.database.writing() as connection:
        found = own_log(connection)
    assert found is not None
    return found


def everything(node: Node) -> tuple[LogHead, list[tuple[int, int, bytes]]]:
    """The whole log as it is stored."""
    head = head_of(node)
    with node.database.writing() as connection:
        return head, list(read_every_tile(connection, head.id))


def still_refuses(node: Node, before: tuple[LogHead, list[tuple[int, int, bytes]]]) -> None:
    assert everything(node) == before
    assert before[0].unproven
    with refused("log-unproven"):
        publish(node)


def goes_on(world: World, node: Node, size: int) -> None:
    """The log is of `size`, continues every checkpoint ever shown, takes records, and verifies as a whole."""
    assert verify_log(node).size == size
    publish(node, 2)
    report = verify_log(node)
    assert report.size == size + 2
    head = head_of(node)
    for kept in world.kept.values():
        note = kept.checkpoint.read_bytes()
        shown = verify_checkpoint(note, head.origin, node.charter.log_key("dara"))
        if shown.size <= size:
            with node.database.writing() as connection:
                rows = read_tiles(connection, head.id, tiles_for_consistency(shown.size, head.size))
            proof = consistency_proof(shown.size, head.size, tile_reader(rows))
            verify_consistency(shown.size, shown.root, head.size, head.root, proof)


PAIRS = [(ours, theirs) for ours in SIZES for theirs in SIZES if ours < theirs]


def test_all_that_others_hold_is_here(world: World, at: Callable[[int], Node]) -> None:
    node = at(257)
    for theirs in (size for size in SIZES if size <= 257):
        kept = world.kept[theirs]
        for file in (kept.checkpoint, kept.export, kept.proof):
            with node.database.writing() as connection:
                prove_log(connection, proven=False)
            assert resume(node, [file], actor="test") == Resumed(257, head_of(node).root, 0, 1, ())
            assert not head_of(node).unproven
    goes_on(world, node, 257)


@pytest.mark.parametrize("ours", SIZES[:-1])
def test_a_checkpoint_alone_does_not_say_what_is_missing(world: World, at: Callable[[int], Node], ours: int) -> None:
    node = at(ours)
    before = everything(node)
    for theirs in (size for size in SIZES if size > ours):
        for file in (world.kept[theirs].checkpoint, world.kept[theirs].proof):
            with refused("resume-export-needed"):
                resume(node, [file], actor="test")
    still_refuses(node, before)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_lost_entries_come_back(
    world: World, at: Callable[[int], Node], tmp_path: Path, ours: int, theirs: int
) -> None:
    node = at(ours)
    done = resume(node, [world.kept[theirs].export], actor="test")
    assert (done.size, done.regained) == (theirs, theirs - ours)
    assert node.checkpoint() == world.kept[theirs].checkpoint.read_bytes()
    write_export(node, tmp_path / "again.tar", actor="test")
    assert (tmp_path / "again.tar").read_bytes() == world.kept[theirs].export.read_bytes()
    report = verify_log(node)
    assert (report.size, report.records) == (theirs, ours)
    goes_on(world, node, theirs)
    # The proof of a record that was lost here still holds: it never needed this node.
    verify_genuine(world.kept[theirs].proof.read_bytes(), [signed(node.charter.charter, "dara")])


def test_several_files_are_compared_together(world: World, at: Callable[[int], Node]) -> None:
    node = at(2)
    files = [world.kept[600].export, world.kept[255].checkpoint, world.kept[1].proof, world.kept[257].proof]
    before = everything(node)
    with refused("resume-export-needed"):
        resume(node, [world.kept[257].export, world.kept[600].checkpoint], actor="test")
    still_refuses(node, before)
    done = resume(node, files, actor="test")
    assert (done.size, done.regained, done.compared) == (600, 598, 4)
    goes_on(world, node, 600)


# Contradictions


def fork(node: Node, count: int) -> None:
    """Let the node go on from what is here, which others know to be too little, and forget that it was told so."""
    resume(node, [], actor="test")
    append_all(node, [new_record(node, stix(), ("dara",)) for _ in range(count)])
    with node.database.writing() as connection:
        prove_log(connection, proven=False)


@pytest.mark.parametrize(
    ("added", "theirs", "kind", "size"),
    [(2, 600, "export", 4), (2, 256, "export", 4), (255, 257, "checkpoint", 257), (598, 600, "proof", 600)],
)
def test_a_fork_is_never_continued(
    world: World, at: Callable[[int], Node], added: int, theirs: int, kind: str, size: int
) -> None:
    node = at(2)
    fork(node, added)
    before = everything(node)
    with pytest.raises(Untrusted) as caught:
        resume(node, [getattr(world.kept[theirs], kind)], actor="test")
    assert caught.value.code == "resume-contradiction"
    assert caught.value.details.items() >= {"size": size, "ours": 2 + added, "theirs": theirs}.items()
    assert caught.value.details["our_root"] != caught.value.details["their_root"]
    still_refuses(node, before)


def test_others_that_contradict_each_other(world: World, at: Callable[[int], Node], tmp_path: Path) -> None:
    node = at(2)
    before = everything(node)
    signer = node.home.signer("log", before[0].origin)
    forged = tmp_path / "other"
    for size in (300, 600):
        forged.write_bytes(sign_checkpoint(Checkpoint(before[0].origin, size, bytes(32)), signer))
        with refused("resume-contradiction"):
            resume(node, [world.kept[600].export, forged], actor="test")
        still_refuses(node, before)


def test_a_damaged_log_of_ones_own(world: World, at: Callable[[int], Node]) -> None:
    node = at(600)
    with node.database.writing() as connection:
        connection.execute("UPDATE tiles SET data = set_byte(data, 40, get_byte(data, 40) # 1) WHERE level = -1")
    before = everything(node)
    with refused("log-damaged"):
        resume(node, [world.kept[600].export], actor="test")
    still_refuses(node, before)
    with node.database.writing() as connection:
        connection.execute("UPDATE tiles SET data = substr(data, 1, 50) WHERE level = -1 AND index = 1")
    with refused("log-damaged"):
        resume(node, [], actor="test")


# Files


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def rewritten(file: Path, into: Path, change: Callable[[dict[str, bytes]], object]) -> Path:
    found = members(file)
    change(found)
    with tarfile.open(into, "w") as tar:
        for name, data in found.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return into


def test_an_export_is_the_log_as_tiles_and_nothing_else(world: World) -> None:
    found = members(world.kept[600].export)
    assert list(found)[:4] == ["checkpoint", "tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"]
    assert found.pop("checkpoint") == world.kept[600].checkpoint.read_bytes()
    with world.restored(600) as database:
        node = world.on(database)
        for name, data in found.items():
            assert data == node.tile(decode_tile_path(name)), name
        entries = b"".join(data for name, data in found.items() if "entries" in name)
        assert len(entries) == 600 * 34
        leaves = [
            entry
            for name, data in found.items()
            if "entries" in name
            for entry in decode_entry_bundle(data, len(data) // 34)
        ]
        assert root_hash(hash_leaves(leaves)) == head_of(node).root
        for record in node.page(OWN, "", 1000).records:
            assert record.body not in world.kept[600].export.read_bytes()
    assert {path.stat().st_mode & 0o777 for path in (world.kept[600].export,)} == {0o600}


def test_a_tar_of_a_mirror_serves_as_well(world: World, at: Callable[[int], Node], tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    with tarfile.open(world.kept[600].export) as tar:
        tar.extractall(mirror, filter="data")
    stale = mirror / "tile" / "entries" / "002.p" / "7"
    stale.write_bytes(b"left from an earlier visit")
    done = subprocess.run(
        ["/bin/tar", "--sort=name", "-cf", str(tmp_path / "mirror.tar"), "-C", str(mirror), "."], check=True
    )
    assert done.returncode == 0
    assert resume(at(2), [tmp_path / "mirror.tar"], actor="test").regained == 598


def flip(name: str, at: int) -> Callable[[dict[str, bytes]], object]:
    def change(found: dict[str, bytes]) -> None:
        found[name] = found[name][:at] + bytes([found[name][at] ^ 1]) + found[name][at + 1 :]

    return change


LAST = "tile/entries/002.p/88"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        # Not a contradiction, though it differs from our entries: it is not what its own checkpoint signs.
        (flip("tile/entries/000", 3), "log-export-root"),
        (flip("tile/entries/001", 3), "log-export-root"),
        (flip("tile/entries/001", 1), "tile-entry-bundle"),
        (flip("checkpoint", 60), "note-signature"),
        (lambda found: found.pop("checkpoint"), "log-export"),
        (lambda found: found.pop("tile/entries/001"), "log-export"),
        (lambda found: found.pop(LAST), "log-export"),
        (lambda found: found.update({LAST: b""}), "log-export"),
        (lambda found: found.update({LAST: found[LAST][:-34]}), "tile-entry-bundle"),
        (lambda found: found.update({LAST: b"\0\1x" * 88}), "log-export"),
    ],
)
def test_exports_that_are_none(
    world: World, at: Callable[[int], Node], tmp_path: Path, change: Callable[[dict[str, bytes]], object], code: str
) -> None:
    node = at(2)
    before = everything(node)
    with refused(code):
        resume(node, [rewritten(world.kept[600].export, tmp_path / "changed.tar", change)], actor="test")
    still_refuses(node, before)


def test_files_that_are_nothing(world: World, at: Callable[[int], Node], tmp_path: Path) -> None:
    node = at(2)
    before = everything(node)
    file = tmp_path / "file"
    data = world.kept[600].export.read_bytes()
    with tarfile.open(tmp_path / "link.tar", "w") as tar:
        info = tarfile.TarInfo("checkpoint")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    link = (tmp_path / "link.tar").read_bytes()
    for content, code in (
        (b"", "note-malformed"),
        (b"some words\n", "note-malformed"),
        (data[:700], "log-export"),
        (data[: len(data) // 3], "log-export"),
        (data[: 1024 + 9216] + os.urandom(1024), "log-export"),
        (link, "log-export"),
        (b"c2sp.org/tlog-proof@v1\n", "proof-malformed"),
    ):
        file.write_bytes(content)
        with refused(code):
            resume(node, [file], actor="test")
    still_refuses(node, before)


def test_another_logs_checkpoint(world: World, at: Callable[[int], Node], server: Server, tmp_path: Path) -> None:
    node = at(2)
    before = everything(node)
    signer = node.home.signer("log", "elsewhere.example/log")
    file = tmp_path / "checkpoint"
    file.write_bytes(sign_checkpoint(Checkpoint("elsewhere.example/log", 2, before[0].root), signer))
    with refused("note-unsigned"):
        resume(node, [file], actor="test")
    still_refuses(node, before)


# Nobody, and the others


def test_nobody_else_keeps_anything(world: World, at: Callable[[int], Node]) -> None:
    node = at(257)
    assert resume(node, [], actor="the operator").others == ()
    with node.database.writing() as connection:
        act = read_audit(connection, 1)[0]
    assert (act.actor, act.act, act.detail) == ("the operator", "log resume", {"size": 257, "regained": 0, "files": 0})
    goes_on(world, node, 257)


def test_in_an_alliance_the_others_are_asked(server: Server, tmp_path: Path) -> None:
    target, credentials = server.new_target(), new_secrets()
    make(target, credentials)
    with Database(target, credentials) as database, node_in(tmp_path / "node", database, small_alliance()) as node:
        (tmp_path / "checkpoint").write_bytes(node.checkpoint())
        with database.writing() as connection:
            prove_log(connection, proven=False)
        with pytest.raises(Refused) as caught:
            resume(node, [], actor="test")
        assert caught.value.code == "resume-others"
        assert caught.value.details == {"members": "kolan, sarib"}
        assert head_of(node).unproven
        assert resume(node, [tmp_path / "checkpoint"], actor="test").others == ("kolan", "sarib")


# Commands


def test_commands(server: Server, tmp_path: Path) -> None:
    url = server.dsn(server.new_database())
    environment = {"MITHAQ_DATABASE_URL": url}
    home = found(tmp_path / "node", url, "commands")
    with opened(home, url) as node:
        publish(node, 3)
    export = tmp_path / "log.tar"
    said = run_json(log_export, home.path, "-o", export, environment=environment)
    assert said["size"] == 4
    with opened(home, url) as node, node.database.writing() as connection:
        prove_log(connection, proven=False)
    assert "[log-unproven]" in run(log_export, home.path, "-o", tmp_path / "x", environment=environment, code=1)
    run(log_resume, home.path, environment=environment, code=2)
    run(log_resume, home.path, export, "--nobody", environment=environment, code=2)
    words = run(log_resume, home.path, export, environment=environment)
    assert words == f"The log goes on from entry 4, root {said['root']}.\n"
    again = run_json(log_resume, home.path, "--nobody", environment=environment)
    assert again == {"size": 4, "root": said["root"], "regained": 0, "compared": 0, "others": []}
