"""Every setting of the reference server, once: its name, its default and why."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit


def default_data_folder() -> Path:
    """The folder for people who name none: `$XDG_DATA_HOME/scimulator`, else `~/.local/share/scimulator`."""
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "scimulator"


SHORTEST_ADMIN_TOKEN = 16  # characters
RATE_BEYOND_LOOPBACK = 1_000  # forty times what Entra asks for
CONNECTIONS_BEYOND_LOOPBACK = 200  # per address; a proxy that stands in front needs as many as it has clients


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may cost; advertised in ServiceProviderConfig where the RFC has a place for it."""

    max_body_bytes: int = 1_048_576  # RFC 7644 3.7.3 names the same figure for bulk payloads
    max_body_seconds: int = 30  # from the request's head to the end of its body; then 408
    max_url_bytes: int = 32_768  # of the request line; a filter of SCIM may be long
    max_head_bytes: int = 65_536  # of the request line and the headers
    max_headers: int = 100
    max_head_seconds: int = 10  # from the first byte of the request to the end of its headers; then 408
    max_idle_seconds: int = 75  # between two requests; longer than the 60 s after which Okta gives up on an answer
    max_unread_seconds: int = 30  # for a client that reads nothing of its response
    max_depth: int = 16  # of nested JSON; a SCIM resource needs five
    max_filter_results: int = 1_000  # page size a client may ask for
    default_page: int = 100  # what Okta and Entra ask for by themselves
    max_bulk_operations: int = 1_000
    max_wrong_tokens: int = 200  # a minute, address, and connection; then 429 until the minute is over


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one server process; `cli.serve` makes it from flags and environment."""

    data: str = field(default_factory=lambda: str(default_data_folder()))  # a folder, or postgresql://…
    schemas: Path | None = None  # a folder of schema files; None: the one named schemas in the data folder
    workers: int = 1  # processes; more than one share a database
    host: str = "127.0.0.1"  # never 0.0.0.0 by itself: this is a test tool
    port: int = 8080
    token: str | None = None  # the first connection's token; None: made at first start and printed once
    admin_token: str | None = None  # likewise for the admin API
    ready_file: Path | None = None
    faults: str | None = None  # a preset or a YAML file; None: no fault is ever injected
    virtual_clock: bool = False
    clock_start: datetime | None = None  # where the virtual clock begins; None: now
    strict: bool = False  # refuse what the RFC refuses, instead of taking what providers really send
    public_url: str | None = None  # origin used in locations when a proxy stands in front, e.g. https://scim.example
    requests_per_second: int | None = None  # per connection; 0: no limit; None: none on loopback, else 1,000
    max_connections: int = 1_000  # per process
    max_connections_per_address: int | None = None  # 0: no limit; None: none on loopback, else 200
    limits: Limits = field(default_factory=Limits)

    @property
    def schemas_folder(self) -> Path | None:
        """Where files of custom schemas are looked for; None for a database without --schemas."""
        if self.schemas is None and "://" not in self.data:
            return Path(self.data) / "schemas"
        return self.schemas

    @property
    def place(self) -> str:
        """Where the data is, without a password."""
        if "://" not in self.data:
            return f"Folder {self.data}"
        parts = urlsplit(self.data)
        return f"Database {parts.path[1:]} at {parts.netloc.rpartition('@')[2] or parts.query}"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return self.host in ("127.0.0.1", "localhost", "::1")

    @property
    def rate_limit(self) -> int:
        """Requests a second per connection; 0 for no limit."""
        if self.requests_per_second is None:
            return 0 if self.is_loopback else RATE_BEYOND_LOOPBACK
        return self.requests_per_second

    @property
    def most_connections_per_address(self) -> int:
        """Connections of one address to each process; 0 for no limit."""
        if self.max_connections_per_address is None:
            return 0 if self.is_loopback else CONNECTIONS_BEYOND_LOOPBACK
        return self.max_connections_per_address
