"""A node's settings: one TOML file, then the environment, decoded once. `docs/operators.md` explains each.

`mithaq.toml` in the node's folder holds what is no secret. Each setting may be given by the environment instead, as
MITHAQ_ and its name in capitals; a secret also as the name of a file that holds it, by the same name and _FILE. Unknown
settings are refused, so that a misspelt one is not silently without effect.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from mithaq.errors import Malformed, Unavailable
from mithaq.model import is_id
from mithaq.node import Home, Place

__all__ = ["Settings", "encode_settings", "load_settings", "settings_at_birth"]

PREFIX = "MITHAQ_"
MAX_BYTES = 64 * 1024


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What an operator decides. Only `name`, `domain` and `port` have no default: `mithaq init` writes them."""

    name: str
    domain: str
    port: int
    bind: str = "127.0.0.1"
    url: str = ""
    database_url: str = ""
    database_schema: str = "mithaq"
    workers: int = 1
    threads: int = 8
    public_log: bool = False
    proxies: tuple[str, ...] = ()
    max_body: int = 32 * 1024 * 1024
    read_seconds: float = 30.0
    pull_feeds: bool = True
    log_level: str = "info"

    def __repr__(self) -> str:
        return f"Settings(name={self.name!r})"  # never the database's URL, which may hold a password

    @property
    def place(self) -> Place:
        """Where the database is."""
        return Place(self.database_url, self.database_schema)

    @property
    def public_url(self) -> str:
        """The URL under which others reach this node."""
        host = f"[{self.bind}]" if ":" in self.bind else self.bind
        return self.url or f"http://{host}:{self.port}"


def settings_at_birth(settings: Settings, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a node that is about to be made: what was asked for, and what the environment adds."""
    given = _from_environment(os.environ if environment is None else environment)
    return _convert(msgspec.to_builtins(settings) | given)


def load_settings(home: Home, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the node in `home`.

    Raises `Unavailable` (`home-absent`) if no node is there, `Malformed` (`settings-malformed`) with the setting.
    """
    try:
        data = home.settings.read_bytes()
    except OSError:
        raise Unavailable("home-absent", folder=home.path) from None
    if len(data) > MAX_BYTES:
        raise Malformed("settings-malformed", str(home.settings))
    try:
        stated = msgspec.toml.decode(data)
    except msgspec.DecodeError:
        raise Malformed("settings-malformed", str(home.settings)) from None
    return _convert(stated | _from_environment(os.environ if environment is None else environment))


def _convert(stated: dict[str, Any]) -> Settings:
    try:
        # The environment's values are text; `strict=False` lets text stand for numbers and booleans.
        settings = msgspec.convert(stated, Settings, strict=False)
    except msgspec.ValidationError as error:
        place = str(error).rpartition(" - at `$.")[2].rstrip("`") or str(error).rpartition("`")[0].rpartition("`")[2]
        raise Malformed("settings-malformed", place) from None
    if not is_id(settings.name) or not 0 < settings.port < 65536 or settings.workers < 1 or settings.threads < 1:
        raise Malformed("settings-malformed", "name, port, workers, threads")
    return settings


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        name = PREFIX + field.name.upper()
        if name in environment:
            found[field.name] = environment[name]
        elif f"{name}_FILE" in environment:
            try:
                found[field.name] = Path(environment[f"{name}_FILE"]).read_text("utf-8").strip()
            except (OSError, UnicodeDecodeError):
                raise Malformed("settings-malformed", f"{name}_FILE") from None
        if field.name == "proxies" and isinstance(found.get("proxies"), str):
            found["proxies"] = tuple(found["proxies"].replace(",", " ").split())
    return found


def encode_settings(settings: Settings) -> bytes:
    """The settings file, without a database URL: that may hold a password and comes from the environment."""
    value = {name: each for name, each in msgspec.to_builtins(settings).items() if name != "database_url"}
    head = "# The settings of this Mithaq node; docs/operators.md explains each and lists the others.\n"
    return (head + tomli_w.dumps(value)).encode()
