"""The command that serves: the node's log and API over HTTP until it is stopped."""

from pathlib import Path

import click
import msgspec

from mithaq.cli.terminal import folder_argument, json_option, say, show_json, speaks
from mithaq.config import load_settings
from mithaq.node import Home


@click.command()
@folder_argument
@click.option(
    "--workers", type=click.IntRange(1, 64), help="How many processes answer; without it, the setting's number."
)
@click.option("--public-log", is_flag=True, help="Open the log's tiles and entries to everybody: for auditors.")
@json_option
def serve(folder: Path, workers: int | None, public_log: bool, as_json: bool) -> None:
    """Serve the node in DIR over HTTP: its log at /log/, the API at /api/v1/, /health and /metrics.

    It prints its URL when it answers, and runs until Ctrl-C or SIGTERM. What it has to say besides goes to standard
    error, a JSON object a line.
    """
    from mithaq.web.server import serve as run

    with speaks(as_json):
        home = Home(folder)
        settings = load_settings(home)
        settings = msgspec.structs.replace(
            settings, workers=workers or settings.workers, public_log=public_log or settings.public_log
        )

        def ready() -> None:
            local = f"http://{settings.bind}:{settings.port}"
            if as_json:
                show_json({"url": settings.public_url, "local": local, "workers": settings.workers})
            else:
                say(f"{settings.name} answers at {settings.public_url}, {settings.workers} worker(s). Ctrl-C stops it.")

        run(home, settings, ready)
