"""A node's schema on its way out of a server and into another, by pg_dump, pg_restore and psql of the embedded wheel.

A dump is pg_dump's custom format. Loading it takes one transaction: the schema is there whole, its log marked unproven
(`store.logs`), or not at all. pg_restore reads no dump of a newer pg_dump, and an older server doesn't know what a
newer one's dump says, so who loads compares major versions first (`tools_major`).

The programs learn how to connect, passwords included, by their environment, since others can read a command line.
"""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

import psycopg
from psycopg import sql

from mithaq.errors import Unavailable
from mithaq.store.database import Target
from mithaq.store.embedded import tool

__all__ = ["dump_schema", "load_schema", "tools_major"]

_CHUNK_BYTES = 1 << 20


def tools_major() -> int:
    """The major version of our pg_dump and pg_restore."""
    done = subprocess.run([tool("pg_restore"), "--version"], capture_output=True, check=True, timeout=30)
    found = re.search(rb" ([0-9]+)", done.stdout)
    return int(found[1]) if found else 0


def dump_schema(target: Target, snapshot: str) -> Iterator[bytes]:
    """The dump, in pieces, of an exported snapshot; the secret that authenticates readers is left out.

    Raises `Unavailable` (`backup-dump-failed`).
    """
    command = [str(tool("pg_dump")), "--format=custom", "--no-password", "--lock-wait-timeout=60000"]
    command += [f"--schema={target.schema}", f"--exclude-table-data={target.schema}.secrets", f"--snapshot={snapshot}"]
    with tempfile.TemporaryFile() as errors:
        with _running(command, target, errors) as process:
            output = cast("IO[bytes]", process.stdout)
            while data := output.read(_CHUNK_BYTES):
                yield data
            failed = process.wait() != 0
        if failed:
            raise Unavailable("backup-dump-failed", reason=_complaint(errors))


def load_schema(target: Target, source: IO[bytes]) -> None:
    """Put the schema of a dump in the place of the empty one that `store.database.create` made; see above.

    Raises `Unavailable` (`restore-failed`); then the server is as it was.
    """
    schema = sql.Identifier(target.schema)
    before = sql.SQL("BEGIN;\nDROP SCHEMA {} CASCADE;\n").format(schema).as_string().encode()
    after = sql.SQL("\nUPDATE {}.logs SET unproven = true WHERE own;\nCOMMIT;\n").format(schema).as_string().encode()
    # The transaction is ours, not psql's, which would commit at the end of its input, even if we were killed in the
    # middle of it. Of an error it says only the code: the text might quote a record.
    run = [str(tool("psql")), "--no-psqlrc", "--quiet", "--no-password", "--file=-", "--output=/dev/null"]
    run += ["--set=ON_ERROR_STOP=1", "--set=VERBOSITY=sqlstate"]
    with (
        tempfile.TemporaryFile() as errors,
        _running([str(tool("pg_restore")), "--file=-"], target, errors) as reader,
        _running(run, target, errors) as writer,
    ):
        script, into = cast("IO[bytes]", reader.stdout), cast("IO[bytes]", writer.stdin)
        threading.Thread(target=_feed, args=(source, reader.stdin), daemon=True).start()
        try:
            into.write(before)
            _copy_script(script, into)
            complete = reader.wait() == 0
            if complete:
                into.write(after)
                into.close()
                complete = writer.wait() == 0
        except BrokenPipeError:
            complete = writer.wait() == 0
        if not complete:
            raise Unavailable("restore-failed", reason=_complaint(errors))


def _feed(source: IO[bytes], into: IO[bytes]) -> None:
    with contextlib.suppress(OSError), into:
        shutil.copyfileobj(source, into, _CHUNK_BYTES)


def _copy_script(script: IO[bytes], into: IO[bytes]) -> None:
    """Copy SQL as pg_restore writes it, without the one setting in its head that PostgreSQL 15 and 16 don't know."""
    while line := script.readline():
        if not line.startswith(b"SET transaction_timeout"):
            into.write(line)
        if line.startswith(b"SET row_security"):  # the last line of the head
            break
    shutil.copyfileobj(script, into, _CHUNK_BYTES)


@contextlib.contextmanager
def _running(command: Sequence[str], target: Target, errors: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs at most as long as the block, its input and output pipes."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    environment |= {name: value for name, value in os.environ.items() if name.startswith("PG") or name == "HOME"}
    for option in psycopg.pq.Conninfo.parse(target.admin.encode()):
        if option.val is not None and option.envvar is not None:
            environment[option.envvar.decode()] = option.val.decode()
    with subprocess.Popen(
        command, cwd=Path("/"), env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    cast("IO[bytes]", pipe).close()


def _complaint(errors: IO[bytes]) -> str:
    """The first line of what the programs complained about."""
    errors.seek(0)
    lines = errors.read(4096).decode("utf-8", "replace").strip().splitlines()
    return lines[0][:300] if lines else "?"
