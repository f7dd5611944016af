"""The command `mithaq demo`."""

import sys
from pathlib import Path

import click

from mithaq.cli.terminal import say
from mithaq.demo import DemoFailed, run_demo


@click.command()
@click.option("--check", is_flag=True, help="Only try every step, say a line for each, and exit with 0 or 1.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A STIX bundle to load besides our own set; without it ATT&CK for ICS where the tests' data lie.",
)
@click.option("--port", type=click.IntRange(1, 65535), help="The port to serve on; without it a free one.")
def demo(check: bool, data: Path | None, port: int | None) -> None:
    """Start a demonstration node in a temporary folder, tell a story with it, and keep it open until Ctrl-C."""
    try:
        run_demo(check=check, data=data, port=port, say=say)
    except DemoFailed as failure:
        click.echo(f"The demonstration failed: {failure}", err=True)
        sys.exit(1)
