"""Commands that make a node and its doors: init, token, audit; and verify, which needs neither."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from mithaq.cli.terminal import fail, folder_argument, json_option, open_folder, say, show_json, speaks
from mithaq.config import Settings, encode_settings, settings_at_birth
from mithaq.errors import Malformed, MithaqError
from mithaq.model import ROLES, Genuine, Names, is_id, verify_genuine, verify_held
from mithaq.node import Home, create_token, found_node, list_tokens, note_act, read_audit, revoke_token

MAX_FILE_BYTES = 8 * 1024 * 1024


@click.command()
@folder_argument
@click.option("--name", required=True, metavar="ID", help="The member's id: 2 to 32 of a-z, 0-9 and hyphen.")
@click.option("--domain", metavar="D", help="The domain in the names of keys and log; without it ID.localhost.")
@click.option("--port", type=click.IntRange(1, 65535), default=8470, show_default=True, help="The port to serve on.")
@click.option("--url", default="", help="The URL under which others reach the node; without it its local address.")
@click.option("--schema", default="mithaq", show_default=True, help="The database schema that the node owns.")
@click.option("--title-ar", default="", metavar="NAME", help="The member's name in Arabic; without it ID.")
@click.option("--title-ru", default="", metavar="NAME", help="The member's name in Russian; without it ID.")
@click.option("--title-en", default="", metavar="NAME", help="The member's name in English; without it ID.")
@click.option("--join", is_flag=True, help="Make keys and an entry for the others' charter, and wait for it.")
@json_option
def init(
    folder: Path,
    name: str,
    domain: str | None,
    port: int,
    url: str,
    schema: str,
    title_ar: str,
    title_ru: str,
    title_en: str,
    join: bool,
    as_json: bool,
) -> None:
    """Make a member's node in DIR: keys, a charter of one member, the database, and the log with its first entry.

    The database is an embedded PostgreSQL below DIR, unless MITHAQ_DATABASE_URL names a server of one's own.
    """
    with speaks(as_json):
        if not is_id(name):
            raise Malformed("member-id", "--name")
        home = Home(folder)
        domain = domain or f"{name}.localhost"
        settings = settings_at_birth(Settings(name=name, domain=domain, port=port, url=url, database_schema=schema))
        names = Names(title_ar or name, title_ru or name, title_en or name)
        charter = found_node(
            home,
            name,
            settings.domain,
            settings.public_url,
            names,
            settings.place,
            encode_settings(settings),
            join=join,
        )
        if charter is None:
            request = home.path / "charter.request"
            if as_json:
                show_json({"folder": str(home.path), "name": name, "request": str(request)})
            else:
                say(f"{name} waits for a charter. Give {request} to the members who sign it; it holds no secret.")
            return
        file = home.path / "charter" / "0001.charter"
        if as_json:
            show_json(
                {
                    "folder": str(home.path),
                    "name": name,
                    "alliance": charter.alliance,
                    "charter": str(file),
                    "origin": charter.origin(name),
                    "url": settings.public_url,
                }
            )
            return
        say(f"{name} lives in {home.path}.")
        say(f"Charter: {file}, fingerprint of the alliance {_grouped(charter.alliance)}")
        say(f"Next: mithaq import {folder} FILE …, mithaq serve {folder}")


def _grouped(digest: str) -> str:
    """A digest in groups of four, as people read it to each other."""
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


@click.group()
def token() -> None:
    """Bearer tokens: what programs show at the node's door."""


@token.command("create")
@folder_argument
@click.option("--name", required=True, help="Who will use it: small letters, digits and hyphens.")
@click.option("--role", required=True, type=click.Choice(sorted(ROLES)), help="What its user may do and read.")
@click.option("--days", type=click.IntRange(1, 3650), help="For how many days it holds; without it until revoked.")
@json_option
def token_create(folder: Path, name: str, role: str, days: int | None, as_json: bool) -> None:
    """Make a token and print it: the only time that it can be seen."""
    with speaks(as_json), open_folder(folder) as (node, _):
        now = datetime.now(UTC)
        expires = now + timedelta(days=days) if days else None
        with node.database.writing() as connection:
            made = create_token(connection, name, role, chance=secrets.token_bytes(48), now=now, expires=expires)
            note_act(connection, "command line", "token create", now, name=name, role=role)
        if as_json:
            show_json({"name": name, "token": made})
        else:
            say(made)


@token.command("list")
@folder_argument
@json_option
def token_list(folder: Path, as_json: bool) -> None:
    """List the tokens that were made, without their secrets."""
    with speaks(as_json), open_folder(folder) as (node, _):
        with node.database.writing() as connection:
            found = list_tokens(connection)
        if as_json:
            show_json(
                {
                    "tokens": [
                        {
                            "name": each.name,
                            "roles": list(each.roles),
                            "created": _time(each.created),
                            "expires": _time(each.expires),
                            "revoked": _time(each.revoked),
                        }
                        for each in found
                    ]
                }
            )
            return
        for each in found:
            end = f"revoked {_time(each.revoked)}" if each.revoked else f"until {_time(each.expires) or 'revoked'}"
            say(f"{each.name:20}  {', '.join(each.roles):14}  since {_time(each.created)}, {end}")


@token.command("revoke")
@folder_argument
@click.argument("name", help="The token's name.")
@json_option
def token_revoke(folder: Path, name: str, as_json: bool) -> None:
    """End a token at once."""
    with speaks(as_json), open_folder(folder) as (node, _):
        now = datetime.now(UTC)
        with node.database.writing() as connection:
            revoke_token(connection, name, now)
            note_act(connection, "command line", "token revoke", now, name=name)
        if as_json:
            show_json({"name": name})
        else:
            say(f"{name} opens nothing any more.")


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@click.command()
@folder_argument
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="How many at most.")
@json_option
def audit(folder: Path, limit: int, as_json: bool) -> None:
    """Show who did what in this member's node, the newest first."""
    with speaks(as_json), open_folder(folder) as (node, _):
        with node.database.writing() as connection:
            acts = read_audit(connection, limit)
        if as_json:
            show_json({"acts": [{"at": _time(e.at), "actor": e.actor, "act": e.act, "detail": e.detail} for e in acts]})
            return
        for each in acts:
            detail = " ".join(f"{name}={value}" for name, value in each.detail.items())
            say(f"{_time(each.at)}  {each.actor}  {each.act}  {detail}")


@click.command()
@click.argument(
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A .tlog-proof file, as `mithaq log prove` writes it.",
)
@click.option(
    "--charter",
    "charters",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The charter; repeated, its versions from the first on, in order.",
)
@click.option(
    "--receipt",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The .tlog-proof of a receipt that is to show that its author holds the record.",
)
@json_option
def verify(file: Path, charters: tuple[Path, ...], receipt: Path | None, as_json: bool) -> None:
    """Say whether the record in a .tlog-proof file is genuine: offline, without a node.

    Compare the charter's fingerprint with one that you got another way: all trust begins there.
    """
    try:
        notes = [_read(path) for path in charters]
        genuine = verify_genuine(_read(file), notes)
        holder = verify_held(genuine, verify_genuine(_read(receipt), notes)) if receipt else None
    except MithaqError as error:
        if not as_json:
            say("NOT GENUINE")
        fail(error, as_json)
    if as_json:
        show_json(genuine_value(genuine) | ({"held_by": holder} if holder else {}))
        return
    release = genuine.record.release
    say("GENUINE")
    say(f"{genuine.record.object.get('id', '?')}, published by {release.author} on {release.released}")
    say(f"to {', '.join(release.audience)}")
    say(f"entry {genuine.index} of {release.log}, checkpoint of {genuine.checkpoint.checkpoint.size} entries")
    say(f"witnesses: {genuine.witnesses} cosigned, {genuine.quorum} needed")
    say(f"charter version {genuine.charter.charter.version}, alliance {_grouped(genuine.charter.alliance)}")
    if holder:
        say(f"{holder} holds the record by its own receipt")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES)


def genuine_value(genuine: Genuine) -> dict[str, Any]:
    """What was verified, as JSON."""
    release = genuine.record.release
    return {
        "genuine": True,
        "id": genuine.record.object.get("id"),
        "author": release.author,
        "audience": list(release.audience),
        "released": release.released,
        "log": release.log,
        "index": genuine.index,
        "commitment": genuine.record.commitment.hex(),
        "size": genuine.checkpoint.checkpoint.size,
        "witnesses": genuine.witnesses,
        "quorum": genuine.quorum,
        "alliance": genuine.charter.alliance,
        "charter": genuine.charter.charter.version,
    }
