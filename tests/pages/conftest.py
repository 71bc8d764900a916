"""A real browser: the system's chromium, driven by playwright. Where there is none, these tests are skipped in one line."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from reference_server.embedded import embedded_server
from tests.support import MONDAY, Scim

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Locator, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]

PATIENCE = 180_000  # milliseconds; a busy machine may take long, and only a fault takes forever


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the session: while playwright runs, no test of the same process can run an event loop of its own."""
    if CHROMIUM is None:
        assert os.environ.get("SCIMULATOR_PAGE_TESTS") != "required", "CI must have a chromium"
        pytest.skip("no chromium on this machine: the tests of the pages need one (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, timeout=PATIENCE)
        yield started
        started.close()


@pytest.fixture
def at_monday() -> Iterator[Scim]:
    """A server of its own on virtual time."""
    with embedded_server(virtual_clock_start=MONDAY) as server:
        yield Scim(server)


@pytest.fixture
def page(browser: Browser, at_monday: Scim) -> Iterator[Page]:
    """A page that is signed in; every error that the browser reports fails the test."""
    context = new_context(browser, base_url=at_monday.server.admin_url.removesuffix("/admin/api"))
    found = context.new_page()
    errors: list[str] = []
    found.on("pageerror", lambda error: errors.append(str(error)))
    found.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    sign_in(found, at_monday)
    yield found
    context.close()
    assert errors == []


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """A context in which everything may take long."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    return context


def wait_for_count(locator: Locator, number: int) -> None:
    """Wait until this many elements match: a click does not wait for the page that it leads to."""
    from playwright.sync_api import expect

    expect(locator).to_have_count(number, timeout=PATIENCE)


def sign_in(page: Page, scim: Scim) -> None:
    page.goto("/admin/")
    page.get_by_label("Admin token").fill(scim.server.admin_token)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Add a tenant").wait_for()
