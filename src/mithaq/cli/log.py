"""Commands on the log: its key, checkpoint, policy, proofs, and whether all of it is as it must be."""

import sys
from pathlib import Path

import click

from mithaq.cli.terminal import (
    folder_argument,
    json_option,
    open_folder,
    progress_console,
    read_as,
    say,
    show_json,
    speaks,
    token_option,
)
from mithaq.node import encode_log_policy, verify_log


@click.group()
def log() -> None:
    """The node's own append-only log: an RFC 6962 tree in the C2SP formats."""


@log.command()
@folder_argument
@json_option
def vkey(folder: Path, as_json: bool) -> None:
    """Print the verifier key (vkey) of the log, which others need to check its checkpoints."""
    with speaks(as_json), open_folder(folder) as (node, _):
        if as_json:
            show_json({"origin": node.log_head().origin, "vkey": node.vkey()})
        else:
            say(node.vkey())


@log.command()
@folder_argument
@json_option
def checkpoint(folder: Path, as_json: bool) -> None:
    """Print the newest signed checkpoint."""
    with speaks(as_json), open_folder(folder) as (node, _):
        note = node.checkpoint()
        if as_json:
            head = node.log_head()
            show_json({"origin": head.origin, "size": head.size, "root": head.root.hex(), "checkpoint": note.decode()})
        else:
            sys.stdout.buffer.write(note)


@log.command()
@folder_argument
@json_option
def policy(folder: Path, as_json: bool) -> None:
    """Print the trust policy (C2SP tlog-policy) that the charter makes for this log."""
    with speaks(as_json), open_folder(folder) as (node, _):
        text = encode_log_policy(node).decode()
        if as_json:
            show_json({"policy": text})
        else:
            click.echo(text, nl=False)


@log.command()
@folder_argument
@json_option
def verify(folder: Path, as_json: bool) -> None:
    """Recompute the whole log from the stored records, and compare it with the signed checkpoint."""
    with speaks(as_json), open_folder(folder) as (node, _):
        with progress_console().status("recomputing"):
            report = verify_log(node)
        if as_json:
            show_json({"size": report.size, "root": report.root.hex(), "records": report.records})
        else:
            say(f"The log verifies: {report.size:,} entries, root {report.root.hex()}.")
            say(f"Of these {report.records:,} records are here and are what the log says.")


@log.command()
@folder_argument
@click.argument("wanted", metavar="ID|COMMITMENT", help="A STIX id, or a record's commitment.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Where to write the file; without it to standard output.",
)
@token_option
@json_option
def prove(folder: Path, wanted: str, output: Path | None, token_file: Path | None, as_json: bool) -> None:
    """Write a record with its proof (C2SP tlog-proof): what `mithaq verify` checks offline.

    The file holds the record itself, so it goes only to those who may read it.
    """
    with speaks(as_json), open_folder(folder) as (node, _):
        _, reader = read_as(node, token_file, "prove")
        found, proof = node.prove(reader, wanted)
        if output is not None:
            output.write_bytes(proof)
        if as_json:
            show_json(
                {"index": found.index, "commitment": found.commitment.hex(), "id": found.object_id}
                | ({} if output else {"proof": proof.decode()})
            )
        elif output is None:
            sys.stdout.buffer.write(proof)
        else:
            say(f"Entry {found.index}, {found.object_id}, written to {output}.")
