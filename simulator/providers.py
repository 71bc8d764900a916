"""The registry of identity providers, by the name in a scenario or on the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from simulator.directory.directory import Directory
from simulator.entra import provider as entra
from simulator.entra.settings import EntraSettings
from simulator.mapping.synchronization_schema import SynchronizationSchema
from simulator.profiles import provider as profiles
from simulator.profiles.profile import PROFILES
from simulator.provisioning.provider import Connection, Provider

Create = Callable[[Directory, EntraSettings, int, SynchronizationSchema | None], Provider]


@dataclass(frozen=True, slots=True)
class Entry:
    """One provider: its factory, the settings of its HTTP client, and its introduction on the console (empty: none)."""

    create: Create
    connection: Callable[[EntraSettings], Connection]
    introduction: Callable[[], str]


def _entra(directory: Directory, settings: EntraSettings, seed: int, schema: SynchronizationSchema | None) -> Provider:
    return entra.EntraProvider(directory, settings, seed=seed, schema=schema)


def _profile(name: str) -> Entry:
    def create(
        directory: Directory, settings: EntraSettings, seed: int, schema: SynchronizationSchema | None
    ) -> Provider:
        return profiles.ProfileProvider(name, directory, settings.of_job(), seed=seed, schema=schema)

    return Entry(create, lambda settings: profiles.connection(name), partial(profiles.introduction, name))


PROVIDERS: dict[str, Entry] = {
    "entra": Entry(_entra, entra.connection, lambda: ""),
    **{name: _profile(name) for name in PROFILES},
}
IDPS = tuple(PROVIDERS)


def create_provider(
    name: str,
    directory: Directory,
    settings: EntraSettings,
    *,
    seed: int,
    schema: SynchronizationSchema | None = None,
) -> Provider:
    """Create a provider for one job over a directory. Without a schema, it uses the provider's default mapping."""
    return PROVIDERS[name].create(directory, settings, seed, schema)
