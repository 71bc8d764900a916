"""The conformance suite: checks of SCIM servers, each tied to a requirement.

For example:

    from conformance import check

    result = check(url="https://host/scim/v2", token="…", profiles=["rfc", "entra"])
    assert result.ok, result.failures
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conformance.api import BadInput as BadInput
    from conformance.api import CheckResult as CheckResult
    from conformance.api import check as check
    from conformance.api import check_client as check_client

__all__ = ["BadInput", "CheckResult", "check", "check_client"]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: the modules behind them take a moment."""
    if name in __all__:
        from conformance import api

        return getattr(api, name)
    raise AttributeError(f"module 'conformance' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
