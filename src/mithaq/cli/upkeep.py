"""Commands that keep a node alive: backup, restore, doctor; and on the log: export, resume."""

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from mithaq.cli.terminal import (
    error_value,
    folder_argument,
    json_option,
    open_folder,
    progress_console,
    say,
    show_json,
    speaks,
)
from mithaq.config import Settings, load_settings
from mithaq.errors import Malformed, MithaqError
from mithaq.node import Home
from mithaq.node.backup import (
    MIN_PASSPHRASE,
    Manifest,
    Seal,
    encrypt_to,
    encrypt_with,
    open_backup,
    open_for,
    open_with,
    write_backup,
)
from mithaq.node.doctor import Finding, examine, failure
from mithaq.node.restore import Plan, plan_restore, restore
from mithaq.node.resume import resume, write_export

__all__ = ["backup", "doctor", "log_export", "log_resume", "restore_"]

MAX_SECRET_BYTES = 64 * 1024

file_type = click.Path(path_type=Path, dir_okay=False, exists=True)
output_type = click.Path(path_type=Path, dir_okay=False)
passphrase_option = click.option(
    "--passphrase-file", "passphrase_file", type=file_type, help="A file whose one line is the passphrase."
)


def _actor() -> str:
    return f"command line, account {os.geteuid()}"


def _read_secret(path: Path) -> str:
    """A short text file. Raises `Malformed` (`backup-passphrase`)."""
    with path.open("rb") as file:
        data = file.read(MAX_SECRET_BYTES)
    try:
        return data.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise Malformed("backup-passphrase", path.name, least=MIN_PASSPHRASE) from None


@click.command()
@folder_argument
@click.option("-o", "--output", type=output_type, help="The new file; by default mithaq-MEMBER-TIME.tar, here.")
@passphrase_option
@click.option("--recipient", "recipients", multiple=True, metavar="age1…", help="Encrypt keys to this age recipient.")
@click.option("--without-keys", is_flag=True, help="Leave the keys out; you keep a copy of keys/ elsewhere.")
@json_option
def backup(
    folder: Path,
    output: Path | None,
    passphrase_file: Path | None,
    recipients: tuple[str, ...],
    without_keys: bool,
    as_json: bool,
) -> None:
    """Write the whole node into one file while it works, its keys encrypted with age.

    The file holds every record in the clear: keep it as safe as the node.
    """
    if sum((passphrase_file is not None, bool(recipients), without_keys)) > 1:
        raise click.UsageError("Choose one of --passphrase-file, --recipient and --without-keys.")
    with speaks(as_json):
        seal: Seal | None = None
        if passphrase_file is not None:
            seal = encrypt_with(_read_secret(passphrase_file))
        elif not without_keys:
            seal = encrypt_to(recipients)
        home, now = Home(folder), datetime.now(UTC)
        settings = load_settings(home)
        path = output or Path(f"mithaq-{settings.name}-{now:%Y%m%dT%H%M%SZ}.tar")
        with progress_console().status("writing"):
            manifest = write_backup(home, settings.name, settings.place, path, seal, actor=_actor(), now=now)
        if as_json:
            show_json({"file": str(path), "bytes": path.stat().st_size} | _manifest_value(manifest))
            return
        say(f"Written to {path}: {_describe(manifest)}.")
        if without_keys:
            say("It has no keys: without a copy of keys/ it can't be restored.")


def _manifest_value(manifest: Manifest) -> dict[str, Any]:
    return {
        "member": manifest.member,
        "made": manifest.made,
        "mithaq": manifest.mithaq,
        "schema_version": manifest.schema_version,
        "postgresql": manifest.server,
        "keys": manifest.keys,
        "size": manifest.log.size if manifest.log else 0,
        "root": manifest.log.root if manifest.log else "",
    }


def _describe(manifest: Manifest) -> str:
    log = f"a log of {manifest.log.size:,} entries" if manifest.log else "no log yet"
    return f"member {manifest.member}, {log}, as of {manifest.made}"


@click.command("restore")
@folder_argument
@click.argument("file", type=file_type, help="The backup.")
@passphrase_option
@click.option("--identity-file", type=file_type, help="The age identity of one of the recipients.")
@json_option
def restore_(folder: Path, file: Path, passphrase_file: Path | None, identity_file: Path | None, as_json: bool) -> None:
    """Make the node of a backup in DIR, an empty or new folder.

    It goes into the embedded server, or into the one that MITHAQ_DATABASE_URL names, of the same major version of
    PostgreSQL or a newer one. Afterwards the node signs nothing until `mithaq log resume`.
    """
    if passphrase_file is not None and identity_file is not None:
        raise click.UsageError("Choose one of --passphrase-file and --identity-file.")
    home = Home(folder)
    with speaks(as_json), open_backup(file) as opened:
        settings = _settings_of(opened.settings())
        plan = plan_restore(home, opened, settings.place)
        if not as_json:
            say(_describe_plan(plan, home))
        unlock: Seal | None = None
        if passphrase_file is not None:
            unlock = open_with(_read_secret(passphrase_file))
        elif identity_file is not None:
            unlock = open_for(_read_secret(identity_file))
        with progress_console().status("restoring"):
            records = restore(home, opened, settings.place, unlock, actor=_actor(), clock=lambda: datetime.now(UTC))
        if as_json:
            show_json(
                _manifest_value(plan.manifest)
                | {"records": records, "restored_into": plan.server, "embedded": plan.embedded}
            )
            return
        say(f"Restored and verified: {records:,} records.")
        say("The node signs nothing yet. Ask the other members, or whoever keeps this log, for what they hold, then:")
        say(f"  mithaq log resume {folder} FILE…")


def _settings_of(data: bytes) -> Settings:
    """Settings that don't lie in a node's folder yet, with what the environment says."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.settings.write_bytes(data)
        return load_settings(home)


def _describe_plan(plan: Plan, home: Home) -> str:
    manifest = plan.manifest
    source, target = ("the embedded" if each else "an own" for each in (manifest.embedded, plan.embedded))
    return (
        f"This restores {_describe(manifest)}, written by Mithaq {manifest.mithaq}, into {home.path}: "
        f"from PostgreSQL {manifest.server} ({source} server) into PostgreSQL {plan.server} ({target} server)."
    )


@click.command()
@folder_argument
@json_option
def doctor(folder: Path, as_json: bool) -> None:
    """Look the node over: folder, keys, charter, disk, database, rights, clock, log. Exits with 1 if any fails."""
    home = Home(folder)
    findings: list[Finding] = []

    def show(finding: Finding) -> None:
        findings.append(finding)
        if not as_json:
            value = _finding_value(finding)
            say(f"{finding.state:4}  {finding.check}: {value['text']}")
            if value["advice"]:
                say(f"      {value['advice']}")

    try:
        settings = load_settings(home)
    except MithaqError as error:
        show(failure("settings", error))
    else:
        show(Finding("settings", "ok", f"Member {settings.name} at {settings.public_url}."))
        for finding in examine(home, settings.name, settings.place, datetime.now(UTC)):
            show(finding)
    healthy = all(finding.state != "fail" for finding in findings)
    if as_json:
        show_json({"ok": healthy, "findings": [_finding_value(finding) for finding in findings]})
    if not healthy:
        raise SystemExit(1)


def _finding_value(finding: Finding) -> dict[str, str]:
    value = {"check": finding.check, "state": finding.state, "text": finding.text, "advice": finding.advice}
    if finding.error is not None:
        said = error_value(finding.error)
        where = f" ({said['place']})" if said["place"] else ""
        value |= {"text": said["title"] + where, "advice": said["advice"], "code": said["code"]}
    return value


@click.command("export")
@folder_argument
@click.option("-o", "--output", type=output_type, required=True, help="The new file, a tar.")
@json_option
def log_export(folder: Path, output: Path, as_json: bool) -> None:
    """Write the log, without any record, as files in the tlog-tiles layout: what others keep of it.

    Who holds it can give it back when this node has lost entries (`mithaq log resume`), or serve it as plain files.
    """
    with speaks(as_json), open_folder(folder) as (node, _):
        with progress_console().status("writing"):
            checkpoint = write_export(node, output, actor=_actor())
        if as_json:
            show_json({"file": str(output), "size": checkpoint.size, "root": checkpoint.root.hex()})
        else:
            say(f"Written to {output}: {checkpoint.size:,} entries, root {checkpoint.root.hex()}.")


@click.command("resume")
@folder_argument
@click.argument("files", metavar="[FILE...]", nargs=-1, type=file_type, help="Checkpoints or exports that others kept.")
@click.option("--nobody", is_flag=True, help="State that nobody else keeps anything of this log.")
@json_option
def log_resume(folder: Path, files: tuple[Path, ...], nobody: bool, as_json: bool) -> None:
    """Let a restored node sign again, once its log is proven to go on from what others keep of it.

    Each FILE is a checkpoint of this log, a proof, or an export: give one from every other member. If others hold more
    entries than this node, an export brings the missing ones back as entries that nobody opens.
    """
    if nobody == bool(files):
        raise click.UsageError("Give files that others keep of this log, or --nobody.")
    with speaks(as_json), open_folder(folder) as (node, _):
        done = resume(node, files, actor=_actor())
        if as_json:
            show_json(
                {
                    "size": done.size,
                    "root": done.root.hex(),
                    "regained": done.regained,
                    "compared": done.compared,
                    "others": list(done.others),
                }
            )
            return
        say(f"The log goes on from entry {done.size:,}, root {done.root.hex()}.")
        if done.regained:
            say(
                f"{done.regained:,} entries were lost here and came back without their records: nobody opens them here."
            )
            say("Ask those to whom the records went for their content; what you publish again gets a new entry.")
        if done.compared < len(done.others):
            say(f"Warning: {done.compared} files for {len(done.others)} other members ({', '.join(done.others)}).")
            say("Somebody who was not asked may hold more of this log, and would then see it fork.")
