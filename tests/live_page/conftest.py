"""One page for the tests of a module; each begins a company of its own where it matters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live_page.running import TEN, Live, live_page


@pytest.fixture(scope="module")
def shared_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_page(tmp_path_factory.mktemp("live")) as live:
        live.sign_in()
        yield live


@pytest.fixture
def live(shared_page: Live) -> Live:
    """A page with a new company of ten people, after its first cycle and the sync that follows."""
    shared_page.begin(TEN)
    shared_page.clock("cycle")
    shared_page.clock("advance", 60)
    return shared_page
