"""Commands on records: import, publish, show, search, release preview."""

import json
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from mithaq.cli.terminal import (
    error_value,
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
from mithaq.model import Head, decode_record
from mithaq.node import Import, Listed, Wish, attach, import_batches, prepare, read_ahead
from mithaq.web.forms import head_values, outcome_value, page_value, rehearsal_value

to_option = click.option(
    "--to",
    multiple=True,
    metavar="GROUP|ORG[/ROLE]|public",
    help="Whom to address; may be repeated. Without it the release stays within the own organisation.",
)
as_option = click.option(
    "--as", "as_role", metavar="ROLE", help="The role in which you release; TLP:RED puts it into the audience."
)
confirm_option = click.option(
    "--confirm-public", is_flag=True, help="Confirm that a person wants this public; it can't be taken back."
)
widen_option = click.option(
    "--widen", is_flag=True, help="Let objects that were released already go to this audience as well."
)
files_argument = click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="STIX bundles, TAXII envelopes, lists or lines of JSON objects, plain or gzip.",
)
file_argument = click.argument(
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="One STIX object as JSON.",
)


def make_wish(to: tuple[str, ...], as_role: str | None, confirm_public: bool, widen: bool) -> Wish:
    """What the options mean."""
    roles = frozenset({as_role} if as_role else ())
    return Wish(to or ("own",), roles, public_confirmed=confirm_public, widen=widen)


@click.command("import")
@folder_argument
@files_argument
@to_option
@as_option
@confirm_option
@widen_option
@json_option
def import_(
    folder: Path,
    files: tuple[Path, ...],
    to: tuple[str, ...],
    as_role: str | None,
    confirm_public: bool,
    widen: bool,
    as_json: bool,
) -> None:
    """Publish all objects of STIX bundles, envelopes or lines of JSON, also gzip.

    What was published before is left alone, so an import that was broken off goes on when it is run again. Objects that
    can't be published are listed, and the others are published.
    """
    wish = make_wish(to, as_role, confirm_public, widen)
    if not to and not as_json:
        say("No --to: the records stay within the own organisation.")
    total = sum(path.stat().st_size for path in files)
    columns = (TextColumn("{task.fields[records]:,} records"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    # Reading begins first: it goes on while the database starts.
    with speaks(as_json), read_ahead(files) as batches, open_folder(folder) as (node, _):
        with Progress(*columns, console=progress_console()) as progress:
            task = progress.add_task("import", total=total, records=0)

            def show(done: Import) -> None:
                progress.update(task, completed=done.bytes_read, records=done.published)

            done = import_batches(node, "command line", batches, files, wish, show)
        _report_import(done, to, as_json)
    if done.refused:
        raise SystemExit(3)


def _report_import(done: Import, to: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        show_json(
            {
                "read": done.read,
                "published": done.published,
                "unchanged": done.unchanged,
                "conflicting": done.conflicting,
                "refused": done.refused,
                "warned": done.warned,
                "size": done.size,
                "to": list(to or ("own",)),
                "listed_conflicting": [listed_value(each) for each in done.listed_conflicting],
                "listed_refused": [listed_value(each) for each in done.listed_refused],
            }
        )
        return
    say(f"{done.read:,} objects read: {done.published:,} published, {done.unchanged:,} known already.")
    for title, count, listed in (
        ("conflict with what was published before", done.conflicting, done.listed_conflicting),
        ("were refused", done.refused, done.listed_refused),
    ):
        if count:
            say(f"{count:,} {title}:")
            for each in listed[:20]:
                say(f"  {each.place}  {each.object_id} {each.version}  {each.error.title('en')} [{each.error.code}]")
            if count > 20:
                say(f"  … and {count - 20:,} more; --json lists a thousand")
    if done.size:
        say(f"The log has {done.size:,} entries.")


def listed_value(listed: Listed) -> dict[str, Any]:
    """An object that was not published, as JSON."""
    return {
        "place": listed.place,
        "id": listed.object_id,
        "version": listed.version,
        "error": error_value(listed.error),
    }


@click.command()
@folder_argument
@file_argument
@to_option
@as_option
@confirm_option
@widen_option
@click.option(
    "--attach",
    "attached",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file of at most 25 MB that becomes the attachment of the artifact in FILE.",
)
@json_option
def publish(
    folder: Path,
    file: Path,
    to: tuple[str, ...],
    as_role: str | None,
    confirm_public: bool,
    widen: bool,
    attached: Path | None,
    as_json: bool,
) -> None:
    """Publish one STIX object; all or nothing, with the reason if it is refused."""
    wish = make_wish(to, as_role, confirm_public, widen)
    with speaks(as_json), open_folder(folder) as (node, _):
        prepared = prepare("$", file.read_bytes())
        if attached is not None:
            prepared = attach(node, "command line", prepared, attached.read_bytes())
        outcome = node.publish("command line", [prepared], wish)
        if as_json:
            show_json(outcome_value(outcome))
            return
        if not to:
            say("No --to: the record stays within the own organisation.")
        for placed in outcome.published:
            say(f"Published {placed.object_id} as entry {placed.index}, commitment {placed.commitment.hex()}.")
        for placed in outcome.unchanged:
            say(f"{placed.object_id} is published already, as entry {placed.index}.")
        for _, reference in outcome.warned:
            say(f"Warning: it refers to {reference}, of which a stricter copy of a third party's is here.")


@click.command()
@folder_argument
@click.argument("wanted", metavar="ID", help="A STIX id, or a record's commitment.")
@token_option
@json_option
def show(folder: Path, wanted: str, token_file: Path | None, as_json: bool) -> None:
    """Show an object by its STIX id, or a record by its commitment: its newest forms, and who published them."""
    with speaks(as_json), open_folder(folder) as (node, _):
        _, reader = read_as(node, token_file, "show")
        if len(wanted) == 64:
            one = node.find(reader, wanted)
            heads: tuple[Head, ...]
            heads = (Head(one.version, one.digest, (one.publisher,), (one.commitment,), conflicting=False),)
            records = {one.commitment: one}
        else:
            heads, records = node.show(reader, wanted)
        if as_json:
            show_json({"heads": head_values(heads, records)})
            return
        for head in heads:
            shown = [records[each] for each in head.commitments]
            record = decode_record(shown[-1].body)
            conflict = "  CONFLICTING: other bytes under the same version" if head.conflicting else ""
            say(f"{shown[-1].object_id}  {head.version}  via {' and '.join(head.publishers)}{conflict}")
            for each in shown:
                say(f"  entry {each.index}  {each.commitment.hex()}")
            say(f"  to {' '.join(record.release.audience)}, released {record.release.released}")
            say(json.dumps(record.object, ensure_ascii=False, indent=2))


@click.command()
@folder_argument
@click.argument("words", nargs=-1, required=True, help="Words that the record has, all of them.")
@token_option
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many at most.")
@click.option("--after", default="", metavar="CURSOR", help="Go on where an earlier search ended (its `next`).")
@json_option
def search(
    folder: Path, words: tuple[str, ...], token_file: Path | None, limit: int, after: str, as_json: bool
) -> None:
    """Find the records that have all the words, the newest first."""
    with speaks(as_json), open_folder(folder) as (node, _):
        _, reader = read_as(node, token_file, "search")
        page = node.search(reader, " ".join(words), after, limit)
        if as_json:
            show_json(page_value(page))
            return
        for record in page.records:
            value = decode_record(record.body).object
            name = str(value.get("name") or value.get("value") or value.get("description") or "")
            say(f"{record.object_id}  {record.version}  {name[:80]}")
        if not page.records:
            say("Nothing that you may read has all these words.")
        if page.more:
            say(f"There are more: --after {page.next}")


@click.group()
def release() -> None:
    """What a release would mean, before it is made."""


@release.command()
@folder_argument
@file_argument
@to_option
@as_option
@confirm_option
@json_option
def preview(
    folder: Path, file: Path, to: tuple[str, ...], as_role: str | None, confirm_public: bool, as_json: bool
) -> None:
    """Say who would see the object in FILE, organisation by organisation and by which door, and why not the others."""
    wish = make_wish(to, as_role, confirm_public, widen=False)
    with speaks(as_json), open_folder(folder) as (node, _):
        found = node.rehearse("command line", prepare("$", file.read_bytes()), wish)
        if as_json:
            show_json(rehearsal_value(found))
            return
        say(f"{found.tlp.label}, to {' '.join(found.addressed.audience)}")
        for each in found.doors:
            name = node.charter.organisations[each.organisation].names.en
            door = f"by {', '.join(each.doors)}" if each.sees else REASONS[each.reason]
            say(f"  {'sees it' if each.sees else 'does not':8}  {each.organisation} ({name}): {door}")


REASONS = {
    "not-named": "it is not named",
    "suspended": "the charter suspends it",
    "frozen": "the charter freezes its log",
}
