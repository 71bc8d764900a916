"""The traffic page of `scimulator serve` shows the verdicts about a client as its requests come."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reference_server.embedded import EmbeddedServer
from tests.pages.conftest import new_context, sign_in
from tests.support import Scim
from tests.warm_process import start_command

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Scim]:
    """A server as `scimulator serve` starts it."""
    ready = tmp_path / "ready.json"
    started = start_command("serve", "--port", "0", "--data", str(tmp_path / "data"), "--ready-file", str(ready))
    while not ready.exists():
        assert started.poll() is None, started.communicate(1)
        time.sleep(0.01)
    facts = json.loads(ready.read_text())
    yield Scim(EmbeddedServer(**{name: facts[name] for name in EmbeddedServer.__dataclass_fields__}))
    started.send_signal(signal.SIGINT)
    started.wait(60)


def test_a_client_is_judged_while_the_page_is_open(browser: Browser, served: Scim) -> None:
    page = new_context(browser, base_url=served.server.admin_url.removesuffix("/admin/api")).new_page()
    sign_in(page, served)
    page.locator(".connections a").click()
    page.get_by_role("link", name="Traffic").click()
    user = served.user(userName="anna@x.com", active=True)
    page.reload()
    page.get_by_text("The judged request breaks no rule.").wait_for()

    served.patch(f"/Users/{user['id']}", {"op": "replace", "path": "active", "value": "False"})
    served.get("/Users?filter=userName+eq+anna")
    page.reload()
    rules = page.get_by_role("table", name="Broken rules, failures first").locator("tbody tr")
    assert rules.count() == 2
    rules.filter(has_text="Booleans must be true or false").get_by_text("RFC 7643 section 2.3.2").wait_for()
    line = page.locator("tr", has_text="PATCH").locator("details")
    line.get_by_text("active has the wrong JSON type.").click()
    line.get_by_text("Fix: Send the JSON literal.").wait_for()
    assert "anna" not in page.content()
    page.context.close()
