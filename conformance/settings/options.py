"""The options of `check`: the command line, completed by the configuration file, and the target that they name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.requirements.profiles import DEFAULT_PROFILES, PROFILES
from conformance.run.run_settings import Settings
from conformance.settings.bad_input import BadInput
from conformance.settings.target_access import access_to
from conformance.settings.waivers import Config, ConfigError, load_config
from reference_server.embedded import ServerDidNotStart, embedded_server


@dataclass(frozen=True, slots=True)
class Options:
    """The options of `check`."""

    url: str | None
    token: str | None
    profiles: tuple[str, ...]
    expression: str
    level: str
    outputs: dict[str, Path | None]
    stream: Path | None
    config: Path | None
    baseline: Path | None
    fail_on: str
    failed: bool
    headers: tuple[str, ...]
    credentials: Path | None
    oauth: dict[str, str]
    resource_types: tuple[str, ...]
    read_only: bool
    parallel: int
    timeout_s: float
    seed: int
    examples: int
    fuzz: bool
    crowd: bool | None
    verify_tls: bool
    brief: bool


def configured(options: Options) -> tuple[Options, Config]:
    """The options, with values of the configuration file where the command line has none; raises BadInput."""
    path = options.config or Path("scimulator.toml")
    if options.config is None and not path.is_file():
        config = Config()
    else:
        try:
            config = load_config(path)
        except ConfigError as error:
            raise BadInput(str(error)) from None
    told = config.options
    profiles = options.profiles or tuple(told.get("profiles", DEFAULT_PROFILES))
    for profile in profiles:
        must_be_one_of("--profile", profile, tuple(PROFILES))
    changed: dict[str, Any] = {"profiles": profiles}
    for name, unset in (("url", None), ("level", "must"), ("resource_types", ()), ("headers", ())):
        if getattr(options, name) == unset and name in told:
            changed[name] = told[name]
    if "timeout" in told and options.timeout_s == 30.0:
        changed["timeout_s"] = float(told["timeout"])
    if told.get("insecure"):
        changed["verify_tls"] = False
    return replace(options, **changed), config


@contextmanager
def opened(options: Options) -> Iterator[Settings]:
    """The settings of the run: a target by URL and credentials, or an embedded server."""
    settings = Settings(
        url="",
        profiles=options.profiles,
        expression=options.expression,
        level="should" if options.level == "should" else "must",
        seed=options.seed,
        examples=options.examples,
        fuzz=options.fuzz,
        crowd=options.crowd,
        timeout_s=options.timeout_s,
        verify_tls=options.verify_tls,
        resource_types=options.resource_types,
        read_only=options.read_only,
        parallel=options.parallel,
    )
    if options.url is None:
        try:
            with embedded_server() as server:
                yield replace(settings, url=server.base_url, token=server.token, embedded=True)
        except ServerDidNotStart as error:
            raise BadInput(str(error), 3) from None
        return
    access = access_to(options.url, options.token, options.headers, options.credentials, options.oauth)
    yield replace(settings, url=access.url, token=access.token, headers=access.headers, renew=access.renew)


def must_be_one_of(option: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise BadInput, with the nearest name, for a value that is not allowed."""
    if value not in allowed:
        near = get_close_matches(value, allowed, 1, 0.6)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise BadInput(f'{option}: expected one of {", ".join(allowed)}; got "{value}"{hint}')
