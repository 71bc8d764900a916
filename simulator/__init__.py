"""The simulator: an identity provider that provisions a virtual company on virtual time.

For example:

    from simulator import Entra, simulate

    result = simulate("friday-evening-leaver", provider=Entra())
    assert result.ok, result.verdict
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.api import BadInput as BadInput
    from simulator.api import Entra as Entra
    from simulator.api import IdentityProvider as IdentityProvider
    from simulator.api import Okta as Okta
    from simulator.api import Scenario as Scenario
    from simulator.api import ScenarioError as ScenarioError
    from simulator.api import SimulationResult as SimulationResult
    from simulator.api import TargetUnusable as TargetUnusable
    from simulator.api import simulate as simulate

__all__ = [
    "BadInput",
    "Entra",
    "IdentityProvider",
    "Okta",
    "Scenario",
    "ScenarioError",
    "SimulationResult",
    "TargetUnusable",
    "simulate",
]


def __getattr__(name: str) -> Any:
    """Import the public names when they are first used: the modules behind them take a moment."""
    if name in __all__:
        from simulator import api

        return getattr(api, name)
    raise AttributeError(f"module 'simulator' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
