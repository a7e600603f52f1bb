"""What the service is told from outside: the environment, and the options of `serve`."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, get_type_hints

from annotated_types import Ge, Le
from platformdirs import user_data_path
from pydantic import TypeAdapter, ValidationError

from attunement.errors import UsageError

EXAMPLE_KEYS = frozenset({"ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGUtZXhhbXBsZSE="})
"""Master keys that stand in the documents, and so are no secret."""

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
"""What a browser on this machine calls it; any other name in a request is a trick."""

LEAST_TOKEN_CHARS = 32

Count = Annotated[int, Ge(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The service's settings; docs/settings.md describes each.

    Raises
    ------
    UsageError
        What was asked for would not be safe: open to a network without `public`, or `public`
        without a master key of one's own or the names the service is reached by.
    """

    data_folder: Path = field(default_factory=lambda: user_data_path("attunement"))
    """Database, key and uploads of a service that was told nothing else."""
    database: str | None = None
    """`sqlite:///PATH` or `postgresql://...`; a file in the data folder if None."""
    key: str | None = None
    """The master key, 32 bytes in base64."""
    key_file: Path | None = None
    """A file that holds it."""
    public: bool = False
    """Whether others than one user on this machine reach it, through TLS."""
    host: str = "127.0.0.1"
    """The address it listens on."""
    port: Annotated[int, Ge(0), Le(65535)] = 8000
    """0 takes a free one."""
    allowed_hosts: tuple[str, ...] = ()
    """The names it is reached by, as browsers write them."""
    proxies: tuple[str, ...] = ()
    """Addresses or networks whose X-Forwarded-For and -Proto are believed."""
    login_hours: Annotated[float, Ge(0.01)] = 12.0
    """A login ends so long after it began, used or not."""
    idle_minutes: Annotated[float, Ge(1)] = 60.0
    """A login ends so long after it was last used."""
    max_body_bytes: Count = 1_048_576
    """The largest request that is no upload."""
    max_upload_bytes: Count = 104_857_600
    """The largest upload."""
    max_turn_chars: Count = 20_000
    """The longest turn."""
    turns_per_minute: Count = 6_000
    """Turns that one caller may post."""
    requests_per_minute: Count = 1_200
    """Everything else that one caller may ask for."""
    logins_per_minute: Count = 10
    """Attempts to log in from one address."""
    fitted: Path | None = None
    """A fitted model's folder; zero-shot if None."""
    encoder: str | None = None
    """The embedding model: a folder or a URL; the default one if None."""
    monitors: Count = 1_000
    """Live sessions that are kept in memory; others are heard again when they go on."""
    workers: Annotated[int, Ge(1), Le(64)] = 1
    """Background jobs that run at once."""
    shutdown_seconds: Annotated[float, Ge(0)] = 20.0
    """How long a stop waits for requests that are under way."""
    metrics_token: str | None = None
    """What a program shows to read /metrics; without one a public service has no such page."""

    def __post_init__(self) -> None:
        if self.metrics_token is not None and len(self.metrics_token) < LEAST_TOKEN_CHARS:
            raise UsageError(
                f"this token has fewer than {LEAST_TOKEN_CHARS} characters, and could be guessed",
                mend="Make one with `openssl rand -hex 32`",
                field=variable_of("metrics_token"),
            )
        if self.public:
            _check_public(self)
        elif not is_loopback(self.host):
            raise UsageError(
                f"the service would listen on {self.host}, where others reach it",
                mend="Add --public and what it needs (see docs/settings.md), or listen on "
                "127.0.0.1",
                field=variable_of("host"),
            )

    @property
    def database_url(self) -> str:
        """The database's address."""
        return self.database or f"sqlite:///{self.data_folder / 'attunement.db'}"

    @property
    def hosts(self) -> tuple[str, ...]:
        """What may stand in a request's Host header."""
        return self.allowed_hosts if self.public else LOOPBACK_HOSTS

    def __repr__(self) -> str:
        """Show all but secrets: the master key, and the password in the database's address."""
        shown = (
            f"{one.name}={getattr(self, one.name)!r}"
            for one in fields(self)
            if one.name not in ("key", "database", "metrics_token")
        )
        return f"Settings({', '.join(shown)})"


def variable_of(name: str) -> str:
    """Give the environment variable of a setting."""
    return f"ATTUNEMENT_{name.upper()}"


def read_settings(
    environment: Mapping[str, str],
    *,
    public: bool | None = None,
    host: str | None = None,
    port: int | None = None,
    data_folder: Path | None = None,
) -> Settings:
    """Read the settings from environment variables.

    Parameters
    ----------
    environment : mapping of str to str
        Such as `os.environ`. Lists are separated by commas. An empty variable is none.
    public, host, port, data_folder : optional
        What the command line said, which goes first.

    Raises
    ------
    UsageError
        A value is not what its setting takes, or they are not safe together.
    """
    said = {"public": public, "host": host, "port": port, "data_folder": data_folder}
    values: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    for one in fields(Settings):
        text = environment.get(variable_of(one.name), "").strip()
        if text and one.name not in values:
            values[one.name] = _parsed(one.name, text)
    return Settings(**values)


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


_KINDS: dict[str, TypeAdapter[Any]] = {
    name: TypeAdapter(kind) for name, kind in get_type_hints(Settings, include_extras=True).items()
}
_LISTS = ("allowed_hosts", "proxies")


def _parsed(name: str, text: str) -> Any:  # noqa: ANN401
    kind = _KINDS[name]
    value = [part.strip() for part in text.split(",")] if name in _LISTS else text
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise UsageError(
            f"found {text!r}; {problem[0].lower()}{problem[1:]}",
            mend="See docs/settings.md",
            field=variable_of(name),
        ) from None


def _check_public(settings: Settings) -> None:
    if settings.key is None and settings.key_file is None:
        raise UsageError(
            "a public service needs a master key of its own",
            mend="Make one with `attunement data new-key FILE` and name the file here",
            field=variable_of("key_file"),
        )
    if settings.key in EXAMPLE_KEYS:
        raise UsageError(
            "this master key stands in the documents, so it is no secret",
            mend="Make one with `attunement data new-key FILE`",
            field=variable_of("key"),
        )
    if not settings.allowed_hosts:
        raise UsageError(
            "a public service must know the names it is reached by",
            mend="Name them, such as attunement.example.org",
            field=variable_of("allowed_hosts"),
        )
    for host in settings.allowed_hosts:
        if "*" in host or "/" in host or ":" in host.strip("[]").rpartition("]")[2]:
            raise UsageError(
                f"found {host!r}, expected a plain name without scheme, port or wildcard",
                mend="Write it as attunement.example.org",
                field=variable_of("allowed_hosts"),
            )
    if "*" in settings.proxies:
        raise UsageError(
            "every proxy would be believed, and so everybody could claim any address",
            mend="Name the addresses of your own proxies",
            field=variable_of("proxies"),
        )
