"""What the service may be told, and what it refuses to start with."""

from __future__ import annotations

import base64
import binascii
import os
import re
from dataclasses import fields
from pathlib import Path

import pytest

from attunement.errors import UsageError
from attunement.web._service import open_storage
from attunement.web._settings import Settings, read_settings, variable_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/settings.md"
PUBLIC = {
    "ATTUNEMENT_PUBLIC": "1",
    "ATTUNEMENT_KEY_FILE": "/etc/attunement/key",
    "ATTUNEMENT_ALLOWED_HOSTS": "attunement.example.org",
}


def default_of(name: str) -> str:
    value = getattr(Settings(data_folder=Path("/data")), name)
    return (
        "" if value in (None, ()) else str(value).lower() if value in (True, False) else str(value)
    )


def test_every_setting_is_documented_with_its_default_and_nothing_else() -> None:
    rows = re.findall(r"^\| `(ATTUNEMENT_\w+)` \| ([^|]*) \|", PAGE.read_text("utf-8"), re.M)
    told = {name: default.strip().strip("`") for name, default in rows}
    ours = {variable_of(one.name): default_of(one.name) for one in fields(Settings)}
    ours["ATTUNEMENT_DATA_FOLDER"] = told["ATTUNEMENT_DATA_FOLDER"]
    assert told == ours


def test_settings_are_read_from_the_environment_and_the_command_line_goes_first() -> None:
    settings = read_settings(
        {
            **PUBLIC,
            "ATTUNEMENT_PORT": "9000",
            "ATTUNEMENT_ALLOWED_HOSTS": "a.example.org, b.example.org",
            "ATTUNEMENT_PROXIES": "10.0.0.0/8",
            "ATTUNEMENT_LOGIN_HOURS": "8",
            "ATTUNEMENT_DATA_FOLDER": "/srv/attunement",
            "ATTUNEMENT_FITTED": " ",
        },
        port=9100,
    )
    assert settings.public
    assert settings.port == 9100
    assert settings.allowed_hosts == ("a.example.org", "b.example.org")
    assert settings.proxies == ("10.0.0.0/8",)
    assert settings.login_hours == 8.0
    assert settings.fitted is None
    assert settings.database_url == "sqlite:////srv/attunement/attunement.db"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ATTUNEMENT_PORT", "eight"),
        ("ATTUNEMENT_PORT", "70000"),
        ("ATTUNEMENT_PUBLIC", "perhaps"),
        ("ATTUNEMENT_LOGIN_HOURS", "-1"),
        ("ATTUNEMENT_MAX_UPLOAD_BYTES", "0"),
    ],
)
def test_a_value_that_cannot_be_is_one_clear_line(variable: str, value: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_settings({variable: value})
    assert str(refused.value).startswith(f"{variable}: ")
    assert value in str(refused.value)


@pytest.mark.parametrize(
    ("without", "named"),
    [("ATTUNEMENT_KEY_FILE", "ATTUNEMENT_KEY_FILE"), ("ATTUNEMENT_ALLOWED_HOSTS",) * 2],
)
def test_in_public_it_does_not_start_without_a_key_and_names(without: str, named: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_settings({name: value for name, value in PUBLIC.items() if name != without})
    assert refused.value.field == named


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("ATTUNEMENT_ALLOWED_HOSTS", "*"),
        ("ATTUNEMENT_ALLOWED_HOSTS", "*.example.org"),
        ("ATTUNEMENT_ALLOWED_HOSTS", "https://attunement.example.org"),
        ("ATTUNEMENT_ALLOWED_HOSTS", "attunement.example.org:443"),
        ("ATTUNEMENT_PROXIES", "*"),
    ],
)
def test_in_public_neither_every_name_nor_every_proxy_is_believed(
    variable: str, value: str
) -> None:
    with pytest.raises(UsageError) as refused:
        read_settings({**PUBLIC, variable: value})
    assert refused.value.field == variable


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "my-machine"])
def test_without_public_it_listens_to_this_machine_alone(host: str) -> None:
    with pytest.raises(UsageError, match="--public"):
        read_settings({}, host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.0.1"])
def test_every_address_of_this_machine_will_do(host: str) -> None:
    assert read_settings({}, host=host).host == host


def test_no_key_that_stands_in_the_documents_opens_a_service(tmp_path: Path) -> None:
    texts = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").iterdir(), ROOT / "README.md"]
    shown = {
        found
        for page in texts
        for found in re.findall(r"[A-Za-z0-9+/]{43}=", page.read_text("utf-8"))
        if is_key(found)
    }
    assert shown, "docs/settings.md shows how a key looks"
    for key in shown:
        with pytest.raises(UsageError):
            settings = Settings(
                data_folder=tmp_path, public=True, key=key, allowed_hosts=("a.example.org",)
            )
            open_storage(settings)


def test_secrets_are_not_shown() -> None:
    key = base64.b64encode(os.urandom(32)).decode()
    settings = read_settings(
        {"ATTUNEMENT_KEY": key, "ATTUNEMENT_DATABASE": "postgresql://u:hidden@h/n"}
    )
    assert key not in repr(settings)
    assert "hidden" not in repr(settings)


def is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 32
    except binascii.Error:
        return False
