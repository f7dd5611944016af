"""Commands on feeds: add, list, show, pull, remove."""

import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from mithaq.cli.terminal import error_value, folder_argument, json_option, open_folder, say, show_json, speaks
from mithaq.errors import MithaqError
from mithaq.model import encode_time
from mithaq.node.feeds import (
    FeedReport,
    Pulled,
    add_feed,
    kept_error,
    list_feeds,
    pull_feeds,
    remove_feed,
    show_feed,
)
from mithaq.store.feeds import Feed, Kind, NewFeed, Quarantined
from mithaq.wire.feeds import decode_credentials, decode_interval, taxii_url

__all__ = ["feed"]

MAX_CREDENTIALS = 64 * 1024
EXIT_UNREACHED = 5
SHOWN = 20
_FILES = (".gz", ".json", ".jsonl", ".ndjson", ".stix")
_MEGABYTE = 1024 * 1024

name_argument = click.argument("name", metavar="NAME", help="The feed's name.")


def _actor() -> str:
    return f"command line, account {os.geteuid()}"


@click.group()
def feed() -> None:
    """Feeds: TAXII collections, bundles at URLs and folders that this node pulls by and by."""


@feed.command("add")
@folder_argument
@click.argument("name", metavar="NAME", help="What to call it: 2 to 32 of a-z, 0-9 and hyphen.")
@click.argument("address", metavar="URL|FOLDER", help="A TAXII server, API root or collection, a file, or a folder.")
@click.option(
    "--kind",
    type=click.Choice(["taxii", "bundle"]),
    help="What lies at the URL; without it a name that ends like a file's (.json, .gz …) is a bundle.",
)
@click.option("--collection", default="", help="The collection's id, alias or title; without it the only readable one.")
@click.option("--every", default="1h", show_default=True, metavar="TIME", help="How often: 90s, 15m, 2h, 1d.")
@click.option("--match-type", "types", multiple=True, metavar="TYPE", help="Only objects of this type; repeatable.")
@click.option(
    "--red-to", "red_roles", multiple=True, metavar="ROLE", help="A role of ours that may read what is TLP:RED."
)
@click.option("--max-objects", type=click.IntRange(1, 10_000_000), default=100_000, show_default=True,
              help="New objects that one pull may bring; the next one goes on.")  # fmt: skip
@click.option("--max-seconds", type=click.IntRange(1, 86_400), default=600, show_default=True,
              help="Seconds that one pull may take; the next one goes on.")  # fmt: skip
@click.option("--max-megabytes", type=click.IntRange(1, 1_000_000),
              help="Largest answer or file, unpacked; without it 64 for a page of TAXII, else 2048.")  # fmt: skip
@click.option(
    "--credentials-file",
    type=click.Path(path_type=Path, dir_okay=False, exists=True, allow_dash=True),
    help="A file with `Bearer TOKEN` or `Basic USER:PASSWORD`; - reads it from standard input.",
)
@json_option
def add(
    folder: Path,
    name: str,
    address: str,
    kind: Kind | None,
    collection: str,
    every: str,
    types: tuple[str, ...],
    red_roles: tuple[str, ...],
    max_objects: int,
    max_seconds: int,
    max_megabytes: int | None,
    credentials_file: Path | None,
    as_json: bool,
) -> None:
    """Add a feed. It is pulled by `mithaq serve` from now on, or by `mithaq feed pull`.

    What it brings is published to this organisation alone. TLP:RED names its readers: without --red-to it stays in
    quarantine, as does what is not valid.
    """
    with speaks(as_json):
        found = kind or _kind(address)
        if found == "taxii":
            address = taxii_url(address)
        elif found == "folder":
            address = str(Path(address).resolve())
        new = NewFeed(
            name=name,
            kind=found,
            address=address,
            collection=collection,
            types=types,
            red_roles=red_roles,
            every=decode_interval(every),
            max_objects=max_objects,
            max_seconds=max_seconds,
            max_bytes=(max_megabytes or (64 if found == "taxii" else 2048)) * _MEGABYTE,
            authenticated=credentials_file is not None,
        )
        authorization = _read_credentials(credentials_file) if credentials_file is not None else ""
        with open_folder(folder) as (node, _):
            add_feed(node, _actor(), new, authorization)
        if as_json:
            show_json({"name": name, "kind": found, "address": address})
        else:
            say(f"{name} is a feed now ({found}, every {every}). `mithaq feed pull {folder} {name}` pulls it at once.")


def _kind(address: str) -> Kind:
    if "://" not in address:
        return "folder"
    return "bundle" if urlsplit(address).path.lower().endswith(_FILES) else "taxii"


def _read_credentials(path: Path) -> str:
    if str(path) == "-":
        return decode_credentials(sys.stdin.buffer.read(MAX_CREDENTIALS))
    with path.open("rb") as file:
        return decode_credentials(file.read(MAX_CREDENTIALS))


@feed.command("list")
@folder_argument
@json_option
def list_(folder: Path, as_json: bool) -> None:
    """List the feeds: what became of the last pull, when the next is due, how much is in quarantine."""
    with speaks(as_json), open_folder(folder) as (node, _):
        reports = list_feeds(node)
        if as_json:
            show_json({"feeds": [_report_value(each) for each in reports]})
            return
        for each in reports:
            _say_report(each)
        if not reports:
            say("There are no feeds.")


@feed.command()
@folder_argument
@name_argument
@click.option(
    "--limit", type=click.IntRange(0, 10_000), default=50, show_default=True, help="How many objects at most."
)
@json_option
def show(folder: Path, name: str, limit: int, as_json: bool) -> None:
    """Show a feed, and what of it is in quarantine and why, the newest first."""
    with speaks(as_json), open_folder(folder) as (node, _):
        report, kept = show_feed(node, name, limit)
        if as_json:
            show_json(_report_value(report) | {"quarantine": [_quarantined_value(each) for each in kept]})
            return
        _say_report(report)
        for each in kept:
            value = _quarantined_value(each)
            said = value["error"]
            say(f"  {each.object_id or '(no id)'} {each.version}  {said['place']}")
            say(f"    {said['title']} [{said['code']}] since {value['first_seen']}")


@feed.command()
@folder_argument
@click.argument("names", metavar="[NAME...]", nargs=-1, help="Feeds to pull now; without any, those that are due.")
@click.option("--again", is_flag=True, help="Read the named feeds from the start; what is known is left alone.")
@json_option
def pull(folder: Path, names: tuple[str, ...], again: bool, as_json: bool) -> None:
    """Pull feeds now. Exits with 5 if one of them could not be pulled.

    A pull that is broken off goes on the next time; nothing is lost and nothing comes twice.
    """
    if again and not names:
        raise click.UsageError("--again wants the names of feeds.")
    with speaks(as_json), open_folder(folder) as (node, _):
        pulled = []
        for each in pull_feeds(node, names, again=again):
            pulled.append(each)
            if not as_json:
                _say_pulled(each)
        if as_json:
            show_json({"pulled": [_pulled_value(each) for each in pulled]})
        elif not pulled:
            say("No feed is due.")
    if any(each.outcome == "failed" for each in pulled):
        raise SystemExit(EXIT_UNREACHED)


@feed.command()
@folder_argument
@name_argument
@json_option
def remove(folder: Path, name: str, as_json: bool) -> None:
    """Remove a feed, its credentials and its quarantine. What it brought stays published."""
    with speaks(as_json), open_folder(folder) as (node, _):
        remove_feed(node, _actor(), name)
        if as_json:
            show_json({"name": name})
        else:
            say(f"{name} is pulled no more. What it brought stays.")


# Saying


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else encode_time(instant)


def _counts_value(feed: Feed) -> dict[str, int]:
    counts = feed.counts
    return {
        "read": counts.read,
        "published": counts.published,
        "unchanged": counts.unchanged,
        "quarantined": counts.quarantined,
        "skipped": counts.skipped,
    }


def _kept_value(kept: dict[str, Any]) -> dict[str, str]:
    try:
        return error_value(kept_error(kept["family"], kept["code"], kept["place"], kept["details"]))
    except KeyError:  # of a newer version of Mithaq
        return {"code": kept["code"], "title": kept["code"], "advice": "", "place": kept["place"]}


def _report_value(report: FeedReport) -> dict[str, Any]:
    found = report.feed
    return {
        "name": found.name,
        "kind": found.kind,
        "address": found.address,
        "collection": found.collection,
        "types": list(found.types),
        "red_roles": list(found.red_roles),
        "every": found.every,
        "max_objects": found.max_objects,
        "max_seconds": found.max_seconds,
        "max_bytes": found.max_bytes,
        "authenticated": found.authenticated,
        "created": _time(found.created),
        "due": _time(found.due),
        "begun": _time(found.begun),
        "ended": _time(found.ended),
        "outcome": found.outcome,
        "error": _kept_value(found.error) if found.error else None,
        "last": _counts_value(found),
        "quarantined": report.quarantined,
    }


def _say_report(report: FeedReport) -> None:
    found = report.feed
    collection = f" {found.collection}" if found.collection else ""
    say(f"{found.name}  {found.kind}  {found.address}{collection}")
    if found.ended is None:
        say(f"  never pulled to its end, due {_time(found.due)}")
    else:
        counts = found.counts
        say(
            f"  {found.outcome} {_time(found.ended)}: {counts.read:,} read, {counts.published:,} published,"
            f" {counts.unchanged:,} known; due {_time(found.due)}"
        )
    if found.error:
        value = _kept_value(found.error)
        say(f"  {value['title']} [{value['code']}] {value['advice']}")
    if report.quarantined:
        say(f"  {report.quarantined:,} in quarantine")


def _quarantined_value(kept: Quarantined) -> dict[str, Any]:
    error = {"family": kept.family, "code": kept.code, "place": kept.place, "details": kept.details}
    return {
        "id": kept.object_id,
        "version": kept.version,
        "digest": kept.digest.hex(),
        "size": kept.size,
        "first_seen": _time(kept.first_seen),
        "last_seen": _time(kept.last_seen),
        "error": _kept_value(error),
    }


def _pulled_value(pulled: Pulled) -> dict[str, Any]:
    counts = pulled.counts
    return {
        "name": pulled.feed.name,
        "outcome": pulled.outcome,
        "read": counts.read,
        "published": counts.published,
        "unchanged": counts.unchanged,
        "quarantined": counts.quarantined,
        "skipped": counts.skipped,
        "due": _time(pulled.due),
        "error": None if pulled.error is None else error_value(pulled.error),
    }


def _say_pulled(pulled: Pulled) -> None:
    counts = pulled.counts
    say(
        f"{pulled.feed.name}: {pulled.outcome}. {counts.read:,} read, {counts.published:,} published,"
        f" {counts.unchanged:,} known, {counts.quarantined:,} newly in quarantine, {counts.skipped:,} of other types."
    )
    if pulled.error is not None:
        _say_error(pulled.error)


def _say_error(error: MithaqError) -> None:
    value = error_value(error)
    where = f" ({value['place']})" if value["place"] else ""
    click.echo(f"{value['title']}{where} [{value['code']}]\n{value['advice']}", err=True)
