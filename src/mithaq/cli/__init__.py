"""The operator's door: `mithaq NOUN VERB`. Every command takes `--json`; exit codes are `cli.terminal`'s."""

import click

import mithaq
from mithaq.cli.demonstrate import demo
from mithaq.cli.feeds import feed
from mithaq.cli.log import log
from mithaq.cli.programme import programme
from mithaq.cli.records import import_, publish, release, search, show
from mithaq.cli.serving import serve
from mithaq.cli.setup import audit, init, token, verify
from mithaq.cli.upkeep import backup, doctor, log_export, log_resume, restore_
from mithaq.cli.validate import validate

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(mithaq.__version__, prog_name="mithaq")
def main() -> None:
    """Warn, decide and keep promises among states that share no server."""


for _command in (
    audit, backup, demo, doctor, feed, import_, init, log, programme, publish, release, restore_, search, serve, show,
    token, validate, verify,
):  # fmt: skip
    main.add_command(_command)
for _command in (log_export, log_resume):
    log.add_command(_command)
