"""The reference SCIM 2.0 server: the protocol, shadow tables, and synchronization into accounts.

For example:

    from reference_server import running_server

    with running_server() as server:
        print(server.base_url, server.token)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reference_server.api import RunningServer as RunningServer
    from reference_server.api import ServerDidNotStart as ServerDidNotStart
    from reference_server.api import running_server as running_server

__all__ = ["RunningServer", "ServerDidNotStart", "running_server"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: the modules behind them take a moment."""
    if name in __all__:
        from reference_server import api

        return getattr(api, name)
    raise AttributeError(f"module 'reference_server' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
