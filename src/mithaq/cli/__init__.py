"""The operator's door: `mithaq NOUN VERB`. Every command takes `--json`; exit codes are `cli.terminal`'s."""

import click

import mithaq
from mithaq.cli.demonstrate import demo
from mithaq.cli.log import log
from mithaq.cli.records import import_, publish, release, search, show
from mithaq.cli.setup import audit, init, token, verify

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(mithaq.__version__, prog_name="mithaq")
def main() -> None:
    """Warn, decide and keep promises among states that share no server."""


for _command in (audit, demo, import_, init, log, publish, release, search, show, token, verify):
    main.add_command(_command)
