"""The SCIM connections of several tenants: read from the user's file, or created on the embedded server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from reference_server.embedded import EmbeddedServer
from secrecy.private_files import write_new
from secrecy.redaction import learn
from simulator.guard.json_text import read_json

EXPECTED = 'expected [{"token": …, "url": … (default: --url), "name": … (default: tenant-1, -2 …)}, …]'


class BadTenants(Exception):
    """The tenants file is not valid. The message is the reason and contains no token."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The SCIM endpoint to which one company is provisioned."""

    url: str
    token: str = field(repr=False)
    name: str = ""

    def __post_init__(self) -> None:
        learn(self.token)


def read_tenants(path: str | Path, url: str | None = None) -> list[Connection]:
    """The connections in a tenants file. `url` is the default for those without a URL. Raises BadTenants."""
    try:
        rows = read_json(Path(path).read_bytes())
    except OSError as error:
        raise BadTenants(f"{path}: {error.strerror or error}") from None
    except ValueError:
        raise BadTenants(f"{path}: not JSON; {EXPECTED}") from None
    if not isinstance(rows, list) or not rows:
        raise BadTenants(f"{path}: no tenants; {EXPECTED}")
    found = [_connection(f"{path}: tenant {number}", row, url, number) for number, row in enumerate(rows, start=1)]
    if len({(way.url, way.token) for way in found}) < len(found):
        raise BadTenants(f"{path}: two tenants have the same connection")
    return found


def _connection(told: str, row: Any, url: str | None, number: int) -> Connection:
    values = {"url": url, "name": f"tenant-{number}", **row} if isinstance(row, dict) else {}
    if not isinstance(values.get("token"), str) or set(values) - {"url", "token", "name"}:
        raise BadTenants(f"{told}: {EXPECTED}")
    if not isinstance(values["url"], str) or not isinstance(values["name"], str):
        raise BadTenants(f"{told}: url: missing, and there is no --url")
    return Connection(values["url"].rstrip("/"), values["token"], values["name"])


def make_tenants(server: EmbeddedServer, number: int) -> list[Connection]:
    """Create `number` tenants with one connection each on the embedded server, using its admin API."""
    http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=30))
    headers = {"Authorization": f"Bearer {server.admin_token}"}

    def made(path: str, body: dict[str, Any]) -> Any:
        answer = http.request("POST", server.admin_url + path, json=body, headers=headers, redirect=False)
        if answer.status != 201:
            raise BadTenants(f"the embedded server returned {answer.status} for POST {path}")
        return answer.json()

    found = []
    for place in range(1, number + 1):
        name = f"tenant-{place}"
        tenant = made("/tenants", {"name": name, "plan": "enterprise", "sso_configured": True})
        connection = made(f"/tenants/{tenant['id']}/connections", {})
        found.append(Connection(connection["base_url"], connection["token"], name))
    return found


def write_tenants(connections: Sequence[Connection], path: Path) -> None:
    """Write a tenants file that only its owner can read, because tokens must not appear on a command line."""
    write_new(
        path, json.dumps([{"url": way.url, "token": way.token, "name": way.name} for way in connections]).encode()
    )
