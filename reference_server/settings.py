"""All settings of the reference server with their defaults."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def default_data_folder() -> Path:
    """The default data folder: `$XDG_DATA_HOME/scimulator`, else `~/.local/share/scimulator`."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "scimulator"


SHORTEST_ADMIN_TOKEN = 16  # characters
RATE_BEYOND_LOOPBACK = 1_000  # forty times the rate that Entra requires
CONNECTIONS_BEYOND_LOOPBACK = 200  # per address; raise it for a proxy, which has many clients


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a request. ServiceProviderConfig publishes those that the RFCs define an attribute for."""

    max_body_bytes: int = 1_048_576  # the same as maxPayloadSize in the example of RFC 7643 section 8.5
    max_body_seconds: int = 30  # from the headers to the end of the body; then 408
    max_url_bytes: int = 32_768  # of the request line, because SCIM filters can be long
    max_head_bytes: int = 65_536  # of the request line and the headers
    max_headers: int = 100
    max_head_seconds: int = 10  # from the first byte of the request to the end of its headers; then 408
    max_idle_seconds: int = 75  # between two requests; longer than the 60 s that Okta waits for a response
    max_unread_seconds: int = 30  # for a client that does not read its response
    max_depth: int = 16  # of nested JSON; a SCIM resource needs five
    max_filter_results: int = 1_000  # maximum page size
    default_page: int = 100  # the page size that Okta and Entra request
    max_bulk_operations: int = 1_000
    max_wrong_tokens: int = 200  # per minute, address, and connection; then 429 until the minute is over


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one server process, which `cli.serve` reads from options and environment variables."""

    data: str = field(default_factory=lambda: str(default_data_folder()))  # a folder, or postgresql://…
    schemas: Path | None = None  # a folder of schema files; None: the one named schemas in the data folder
    workers: int = 1  # processes; more than one share a database
    host: str = "127.0.0.1"  # not 0.0.0.0, because this is a test tool
    port: int = 8080
    token: str | None = None  # the token of the first connection; None: created at the first start and printed once
    admin_token: str | None = None  # likewise for the admin API
    ready_file: Path | None = None
    faults: str | None = None  # a preset or a YAML file; None: no fault injection
    virtual_clock: bool = False
    clock_start: datetime | None = None  # the initial time of the virtual clock; None: now
    strict: bool = False  # reject what the RFCs do not allow instead of accepting what real providers send
    public_url: str | None = None  # origin for locations if the server is behind a proxy, such as https://scim.example
    requests_per_second: int | None = None  # per connection; 0: no limit; None: none on loopback, else 1,000
    max_connections: int = 1_000  # per process
    max_connections_per_address: int | None = None  # 0: no limit; None: none on loopback, else 200
    limits: Limits = field(default_factory=Limits)
    open_judge: Callable[..., Any] | None = (
        None  # makes the judge of clients for the traffic page; None: it shows no verdicts
    )

    @property
    def schemas_folder(self) -> Path | None:
        """The folder with custom schemas; None for a database without --schemas."""
        if self.schemas is None and "://" not in self.data:
            return Path(self.data) / "schemas"
        return self.schemas

    @property
    def place(self) -> str:
        """The location of the data, without a password."""
        if "://" not in self.data:
            return f"Folder {self.data}"
        parts = urlsplit(self.data)
        return f"Database {parts.path[1:]} at {parts.netloc.rpartition('@')[2] or parts.query}"

    @property
    def is_loopback(self) -> bool:
        """Whether the server is reachable only from this machine."""
        return self.host in ("127.0.0.1", "localhost", "::1")

    @property
    def rate_limit(self) -> int:
        """Maximum requests per second of a connection; 0 means no limit."""
        if self.requests_per_second is None:
            return 0 if self.is_loopback else RATE_BEYOND_LOOPBACK
        return self.requests_per_second

    @property
    def most_connections_per_address(self) -> int:
        """Maximum connections of one address to each process; 0 means no limit."""
        if self.max_connections_per_address is None:
            return 0 if self.is_loopback else CONNECTIONS_BEYOND_LOOPBACK
        return self.max_connections_per_address
