"""The public Python API of the reference server: what `from reference_server import …` offers.

    from reference_server import running_server

    with running_server(strict=True) as server:
        my_client.provision(server.base_url, server.token)

The functions and classes of this module stay compatible within a major version. Everything else in the package may change.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from reference_server.embedded import EmbeddedServer as RunningServer
from reference_server.embedded import ServerDidNotStart, embedded_server

__all__ = ["RunningServer", "ServerDidNotStart", "running_server"]


@contextmanager
def running_server(
    *,
    data: Path | str | None = None,
    schemas: Path | None = None,
    strict: bool = False,
    faults: str | Path | None = None,
    clock_start: datetime | str | None = None,
) -> Iterator[RunningServer]:
    """Run the reference server in a process of its own for as long as the block lasts.

    Args:
        data: Folder or `postgresql://…` URL for what the server stores. None uses a temporary folder.
        schemas: Folder with custom schemas and resource types.
        strict: Whether the server rejects everything that the RFCs do not allow.
        faults: Name of a preset of injected faults, or a YAML file (docs/serve.md).
        clock_start: Time at which a virtual clock starts, with a time zone, such as `2026-03-02T08:00Z`. It advances by POST
            `control_url`. None uses the real clock.

    Yields:
        `base_url` and `token` of the first SCIM connection, `admin_url` and `admin_token` of the admin API, `control_url` and
        `control_token` of the virtual clock, and the process id `pid`.

    Raises:
        ValueError: `clock_start` is not a time with a time zone.
        ServerDidNotStart: The process ended or was not ready within 60 seconds. The message contains its last line.
    """
    start = _moment(clock_start)
    arguments = ["--strict"] if strict else []
    arguments += ["--schemas", str(schemas)] if schemas else []
    arguments += ["--faults", str(faults)] if faults else []
    with embedded_server(data=data, virtual_clock_start=start, arguments=arguments) as server:
        yield server


def _moment(value: datetime | str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if value is not None and (found is None or found.tzinfo is None):
        raise ValueError(f"clock_start: expected a time with a time zone such as 2026-03-02T08:00Z, got {str(value)!r}")
    return found
