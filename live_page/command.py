"""`scimulator ui`: the options of the live page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from simulator.commands.clear_errors import clear_errors
from simulator.commands.options import SCENARIO, TARGET, Token, Url, flag, option

PAGE = "Page"


def ui(
    url: Url = None,
    token: Token = None,
    keep: Annotated[
        bool, flag(TARGET, "Leave what was created in the target of --url there when the page is stopped.", "--keep")
    ] = False,
    port: Annotated[
        int, option(PAGE, "Serve the page on this port of the loopback address.", min=0, max=65_535, metavar="N")
    ] = 8090,
    users: Annotated[
        int, option(SCENARIO, "Start with a company of this many people.", min=1, max=100_000, metavar="N")
    ] = 200,
    seed: Annotated[
        int, option(SCENARIO, "Create the company from this seed.", min=0, max=2**32 - 1, metavar="N")
    ] = 4711,
    scenario: Annotated[
        str | None,
        option(SCENARIO, "Open this built-in scenario or YAML file, to step through it.", metavar="NAME|FILE"),
    ] = None,
) -> None:
    """Open the live page: an identity provider's admin center in your browser, to drive a simulation by hand.

    The page shows people, requests, and accounts while you work. It is served on this machine only. The printed link works
    once and signs one browser in.

    Example: scimulator ui --url https://host/scim/v2 --token "$SCIM_TOKEN"
    """
    with clear_errors("ui"):
        from live_page.run import Options, run_ui
        from live_page.session.playthrough import Access
        from simulator.run.session import BadInput
        from simulator.scenario.load import find_scenario
        from simulator.scenario.model import Scenario
        from simulator.wire.urls import TOKEN_MISSING

        if url is not None and not token:
            raise BadInput(f"--token: {TOKEN_MISSING}")
        start = datetime(2026, 3, 2, 8, tzinfo=UTC)
        chosen = find_scenario(scenario) if scenario else Scenario(name="by hand", users=users, seed=seed, start=start)
        run_ui(Options(chosen, Access(url, token), port, keep))
