"""The whole story in a browser: create a connection, let a provider push, press Sync, lose a leaver."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.pages.conftest import wait_for_count
from tests.support import MONDAY, Scim

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow


def push_as_entra(scim: Scim, name: str, email: str) -> dict[str, Any]:
    """Look for the person, then create it, in Entra's words."""
    assert scim.get(f"/Users?filter=userName+eq+%22{email}%22").json["totalResults"] == 0
    return scim.user(userName=email, displayName=name, active=True, emails=[{"value": email, "type": "work"}])


def test_from_create_connection_to_a_leaver_whose_session_is_gone(page: Page, at_monday: Scim) -> None:
    page.get_by_text("Add a tenant").click()
    page.get_by_label("Name").fill("Contoso")
    page.locator("details[open] select[name=plan]").select_option("enterprise")
    page.locator("details[open]").get_by_label("Single sign-on is configured").check()
    page.get_by_role("button", name="Add tenant").click()

    tenant = page.locator("section.tenant", has_text="Contoso")
    tenant.get_by_role("button", name="Create SCIM connection").click()
    url = page.get_by_label("Tenant URL").input_value()
    token = page.get_by_label("Bearer token").input_value()
    assert token.startswith("scim_tok_")
    page.reload()
    assert page.get_by_label("Bearer token").count() == 0, "shown once"
    assert token not in page.content()

    provider = Scim(replace(at_monday.server, base_url=url, token=token))
    anna = push_as_entra(provider, "Anna Berg", "anna@contoso.example")
    push_as_entra(provider, "Łucja Wójcik", "lucja@contoso.example")
    page.get_by_role("link", name="Next sync").click()
    page.get_by_text("2 new accounts").wait_for()
    page.get_by_role("button", name="Sync now").click()
    page.get_by_text("Done: 2 created").wait_for()

    opened = provider.admin("POST", "/connections/{connection}/sessions", {"shadow_id": anna["id"]})
    session = opened.json["session_id"]
    page.get_by_role("link", name="Users").click()
    page.get_by_label("Search by name").fill("anna")
    page.get_by_role("button", name="Search").click()
    wait_for_count(page.locator("tbody tr"), 1)
    page.get_by_role("link", name="Anna Berg").click()
    page.get_by_text("can sign in").wait_for()
    page.locator("section", has_text="Sessions").get_by_text("open", exact=True).wait_for()

    provider.patch(f"/Users/{anna['id']}", {"op": "Replace", "path": "active", "value": "False"})
    assert provider.admin("GET", f"/sessions/{session}").json["valid"] is False
    page.reload()
    page.get_by_text("the provider deactivated the user").first.wait_for()
    page.get_by_role("link", name="Overview").click()
    page.get_by_text("access was already revoked").wait_for()
    page.get_by_role("button", name="Sync now").click()
    page.get_by_text("1 deactivated").wait_for()

    page.get_by_role("link", name="Leavers").click()
    page.locator("tbody tr", has_text="Anna Berg").get_by_text("0 min").wait_for()
    page.get_by_role("link", name="Traffic").click()
    page.get_by_text("/Users?filter=userName eq ?").first.wait_for()
    assert "anna@" not in page.content()
    page.get_by_role("link", name="Audit").click()
    page.get_by_label("Event").select_option("session")
    page.get_by_role("button", name="Filter").click()
    wait_for_count(page.locator("tbody tr"), 2)
    page.get_by_role("link", name="Verify the hash chain").click()
    page.get_by_text("The hash chain is intact").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as JSON Lines").click()
    lines = download.value.path().read_text().splitlines()
    assert len(lines) > 10
    assert "anna" not in "".join(lines).lower()


def test_rotation_on_the_page_ends_the_old_token(page: Page, at_monday: Scim) -> None:
    page.locator(".connections a").click()
    page.get_by_role("button", name="Rotate bearer token").click()
    token = page.get_by_label("Bearer token").input_value()
    assert at_monday.get("/Users").status == 401
    assert at_monday.request("GET", "/Users", token=token).status == 200
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("The provider can no longer push anything").wait_for()
    assert at_monday.request("GET", "/Users", token=token).status == 401


def test_connection_without_plan_or_sso_is_rejected_and_says_which(page: Page, at_monday: Scim) -> None:
    at_monday.admin("POST", "/tenants", {"name": "Fabrikam", "plan": "team", "sso_configured": False})
    page.reload()
    tenant = page.locator("section.tenant", has_text="Fabrikam")
    assert tenant.get_by_role("button", name="Create SCIM connection").is_disabled()
    tenant.get_by_text("Requires the enterprise plan (this tenant has the team plan) and configured SSO").wait_for()


def test_group_mappings_are_edited_and_their_effect_is_shown(page: Page, at_monday: Scim) -> None:
    anna = at_monday.user(displayName="Anna")
    at_monday.group(anna["id"], displayName="Sales")
    at_monday.clock(MONDAY + timedelta(hours=1))
    page.locator(".connections a").click()
    page.get_by_role("link", name="Group mappings").click()
    page.get_by_label("Group 1", exact=True).fill("Sales")
    page.get_by_label("Roles of group 1").fill("seller, reader")
    page.get_by_label("Site access of group 1").fill("Oslo")
    page.get_by_role("button", name="Save mappings").click()
    page.get_by_text("Mappings saved.").wait_for()
    assert page.get_by_label("Roles of group 1").input_value() == "seller, reader"
    page.get_by_role("link", name="Next sync").click()
    page.get_by_text("reader, seller gained").wait_for()
    page.get_by_text("Oslo gained").wait_for()


def test_stopped_run_asks_and_continues_on_request(page: Page, at_monday: Scim) -> None:
    people = [at_monday.user() for _ in range(12)]
    at_monday.admin("POST", "/connections/{connection}/sync")
    page.locator(".connections a").click()
    page.get_by_role("link", name="Settings").last.click()
    page.get_by_label("When a sync would exceed a limit").select_option("stop")
    page.get_by_label("On sync").check()
    page.get_by_role("button", name="Save settings").click()
    page.get_by_text("Settings saved.").wait_for()
    for person in people[:6]:
        at_monday.request("DELETE", f"/Users/{person['id']}")
    page.get_by_role("link", name="Overview").click()
    page.get_by_text("59 h 59 min").wait_for()
    page.get_by_role("button", name="Sync now").click()
    page.get_by_text("The last sync was stopped").wait_for()
    page.get_by_text("Deactivating 6 of 12 users exceeds the limit of 30%").wait_for()
    page.get_by_role("button", name="Sync anyway").click()
    page.get_by_text("6 deactivated").wait_for()
    page.get_by_role("link", name="Conflicts").click()
    page.get_by_text("6 accounts no longer have a shadow user").wait_for()


def test_connection_is_deleted_only_by_someone_who_is_sure(page: Page, at_monday: Scim) -> None:
    page.locator(".connections a").click()
    page.get_by_role("link", name="Settings").last.click()
    page.get_by_label("I understand that this cannot be undone").check()
    page.get_by_role("button", name="Delete connection").click()
    page.get_by_text("Connection deleted").wait_for()
    assert at_monday.get("/Users").status == 401


def test_sync_that_takes_long_shows_how_far_it_is(page: Page, at_monday: Scim) -> None:
    from tests.support import USER

    bulk = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
    for start in range(0, 3_000, 1_000):
        operations = [
            {"method": "POST", "path": "/Users", "bulkId": str(n), "data": {"schemas": [USER], "userName": f"u{n}"}}
            for n in range(start, start + 1_000)
        ]
        assert at_monday.request("POST", "/Bulk", {"schemas": [bulk], "Operations": operations}).status == 200
    page.locator(".connections a").click()
    page.get_by_role("button", name="Sync now").click()
    page.get_by_text("Done: 3,000 created").wait_for()
    page.get_by_role("link", name="Users").click()
    page.get_by_text("1 to 50 of 3,000").wait_for()
    page.get_by_role("link", name="Next →").click()
    page.get_by_text("51 to 100 of 3,000").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_has_enough_contrast_and_a_keyboard_reaches_it(page: Page, at_monday: Scim, scheme: Any) -> None:
    at_monday.user(displayName="<script>alert(1)</script>")
    at_monday.patch(f"/Users/{at_monday.user()['id']}", {"op": "replace", "path": "active", "value": False})
    page.emulate_media(color_scheme=scheme)
    page.locator(".connections a").click()
    paths = [page.url] + [str(link.get_attribute("href")) for link in page.locator(".tabs a").all()]
    for path in paths:
        page.goto(path)
        low = page.evaluate(CONTRAST)
        assert low == [], path
        assert page.evaluate("document.querySelectorAll('h1').length") == 1
        unnamed = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]), select, button')]"
            ".filter(e => !e.labels?.length && !e.ariaLabel && !e.textContent.trim()).map(e => e.outerHTML)"
        )
        assert unnamed == [], path
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"


# WCAG 2.2, 1.4.3: the contrast of every text with what is behind it, 4.5 : 1 or 3 : 1 for large text.
CONTRAST = """() => {
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0.99) return c; } return [255, 255, 255]; };
  const low = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    const style = getComputedStyle(e);
    if (!own || e.disabled || !e.offsetParent || e.closest('.sr, .skip, option, button:disabled')) continue;
    const [a, b] = [light(parse(style.color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) low.push(`${ratio.toFixed(2)} ${e.className || e.tagName}: ${e.textContent.trim().slice(0, 30)}`);
  }
  return low;
}"""
