"""Commands on the chair's programme: a draft from the announcement of a chair."""

import os
import sys
from pathlib import Path

import click

from mithaq.cli.terminal import json_option, language, say, speaks

MAX_CHARTER_BYTES = 2 * 1024 * 1024


@click.group()
def programme() -> None:
    """The chair's programme."""


@programme.command("import")
@click.argument(
    "file",
    metavar="FILE|-",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True),
    help="The announcement, as HTML or plain text in any encoding; - reads standard input.",
)
@click.option(
    "--charter",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A charter, signed or not: its members' names in all languages, and the length of a term.",
)
@click.option(
    "--retrieved",
    metavar="TIME",
    help="When the page was fetched, with a zone: it gives “2 hours ago” a time.",
)
@click.option("--html", is_flag=True, help="Write one self-contained HTML page: source and draft side by side.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Where to write the result; without it to standard output.",
)
@json_option
def import_announcement(
    file: Path, charter: Path | None, retrieved: str | None, html: bool, output: Path | None, as_json: bool
) -> None:
    """Read a chair's announcement into a draft programme; every line of it stands on a passage of the source.

    It is a reader only: it needs no node and no network, and publishes nothing. What the source does not say is absent,
    with the reason. Arabic, Russian and English are read.
    """
    # They load the lexicons' rules and the templates, which no other command needs.
    import msgspec
    import orjson

    from mithaq.cli.draft_report import draft_report
    from mithaq.web.announcements import decode_retrieved, draft_programme
    from mithaq.web.draft_page import draft_page
    from mithaq.web.programme_words import word
    from mithaq.wire.announcement import MAX_INPUT_BYTES
    from mithaq.wire.announcement.page import decode_source

    if html and as_json:
        raise click.UsageError("--html and --json are two forms of the result: choose one.")
    with speaks(as_json):
        time = None if retrieved is None else decode_retrieved(retrieved, "--retrieved")
        data = _read(file, MAX_INPUT_BYTES)
        draft = draft_programme(data, None if charter is None else _read(charter, MAX_CHARTER_BYTES), time)
    if as_json:
        made = orjson.dumps(msgspec.to_builtins(draft), option=orjson.OPT_SORT_KEYS).decode()
    elif html:
        made = draft_page(draft, decode_source(data), language())
    else:
        made = draft_report(draft, language())
    if output is None:
        click.echo(made, color=False if os.environ.get("NO_COLOR") else None)
        return
    try:
        output.write_text(click.unstyle(made) + "\n", encoding="utf-8")
    except OSError as error:
        raise click.FileError(str(output), error.strerror) from None
    if not as_json:
        say(word("written", language()).replace("{file}", str(output)))


def _read(file: Path, limit: int) -> bytes:
    """The file's bytes, but at most one more than the reader takes: it says itself what is too large."""
    if str(file) == "-":
        return sys.stdin.buffer.read(limit + 1)
    with file.open("rb") as stream:
        return stream.read(limit + 1)
