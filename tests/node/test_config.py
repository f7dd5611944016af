"""Settings: the file, the environment over it, and what is refused."""

from pathlib import Path

import pytest

from mithaq.config import Settings, encode_settings, load_settings, settings_at_birth
from mithaq.errors import Malformed, Unavailable
from mithaq.node import Home

GIVEN = Settings(name="dara", domain="dara.localhost", port=8470)


def write(folder: Path, text: str) -> Home:
    (folder / "mithaq.toml").write_text(text, encoding="utf-8")
    return Home(folder)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    home = write(tmp_path, encode_settings(GIVEN).decode())
    assert load_settings(home, {}) == GIVEN
    assert load_settings(home, {}).public_url == "http://127.0.0.1:8470"


def test_the_environment_counts_more_than_the_file(tmp_path: Path) -> None:
    home = write(tmp_path, encode_settings(GIVEN).decode())
    secret = tmp_path / "secret"
    secret.write_text("postgresql://somebody:hidden@db/x\n", encoding="utf-8")
    given = {
        "MITHAQ_PORT": "9000",
        "MITHAQ_PUBLIC_LOG": "true",
        "MITHAQ_PROXIES": "10.0.0.1, 10.0.0.2",
        "MITHAQ_DATABASE_URL_FILE": str(secret),
        "MITHAQ_TEST_DATA": "not one of ours",
    }
    settings = load_settings(home, given)
    assert (settings.port, settings.public_log, settings.proxies) == (9000, True, ("10.0.0.1", "10.0.0.2"))
    assert settings.place.url == "postgresql://somebody:hidden@db/x"
    assert "hidden" not in repr(settings)
    assert "hidden" not in encode_settings(settings).decode()


@pytest.mark.parametrize(
    ("text", "given", "place"),
    [
        ('name = "dara"\ndomain = "d"\nport = 1\nprot = 2', {}, "prot"),
        ('name = "dara"\ndomain = "d"', {}, "port"),
        ('name = "dara"\ndomain = "d"\nport = "x"', {}, "port"),
        ('name = "dara"\ndomain = "d"\nport = 1', {"MITHAQ_WORKERS": "many"}, "workers"),
        (
            'name = "dara"\ndomain = "d"\nport = 1',
            {"MITHAQ_DATABASE_URL_FILE": "/nowhere/at/all"},
            "MITHAQ_DATABASE_URL_FILE",
        ),
        ('name = "Dara"\ndomain = "d"\nport = 1', {}, "name"),
        ('name = "dara"\ndomain = "d"\nport = 70000', {}, "port"),
        ("name = ", {}, "mithaq.toml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, given: dict[str, str], place: str) -> None:
    with pytest.raises(Malformed) as caught:
        load_settings(write(tmp_path, text), given)
    assert caught.value.code == "settings-malformed"
    assert place in caught.value.place


def test_without_a_node_there_are_no_settings(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        load_settings(Home(tmp_path / "nobody"), {})
    assert caught.value.code == "home-absent"


def test_a_new_node_heeds_the_environment() -> None:
    settings = settings_at_birth(GIVEN, {"MITHAQ_DATABASE_URL": "postgresql://db/x", "MITHAQ_BIND": "::1"})
    assert settings.place.url == "postgresql://db/x"
    assert settings.public_url == "http://[::1]:8470"
