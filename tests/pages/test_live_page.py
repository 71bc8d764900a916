"""The live page in a browser, story by story: each test is what one user does, with what that user sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.defects.catalogue import defects
from conformance.defects.proxy import defect_proxy
from live_page.session.playthrough import Access
from reference_server.embedded import embedded_server
from tests.live_page.running import FRIDAY_EVENING, TEN, Live, live_page
from tests.pages.conftest import new_context, wait_for_count
from tests.pages.test_story import CONTRAST

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.slow
EXPECTED = "409"  # the browser reports every response that explains a problem as an error
VIEWS = (
    "target",
    "company",
    "company/groups",
    "clock",
    "traffic",
    "traffic/log",
    "provider",
    "trouble",
    "checks",
    "load",
    "keep",
)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live_page(tmp_path_factory.mktemp("live")) as found:
        yield found


@pytest.fixture(scope="module")
def context(browser: Browser, live: Live) -> Iterator[BrowserContext]:
    """A browser that has opened the printed link once."""
    made = new_context(browser, viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = made.new_page()
    page.goto(live.link)
    assert page.url == f"{live.origin}/#/target", "the key does not stay in the address"
    (cookie,) = made.cookies()
    live.cookie = f"{cookie['name']}={cookie['value']}"
    page.close()
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, live: Live) -> Iterator[Page]:
    """A tab with a new company of ten people; every error that the browser reports fails the test."""
    live.begin(TEN)
    found = context.new_page()
    errors = watched(found)
    found.goto(live.origin)
    yield found
    found.close()
    assert errors == []


def watched(page: Page) -> list[str]:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            errors.append(message.text) if message.type == "error" and EXPECTED not in message.text else None
        ),
    )
    return errors


def run_cycle(page: Page, number: int) -> None:
    """Press the button of the header, and wait until that cycle is done."""
    page.get_by_role("button", name=re.compile("Run (first|next) cycle")).click()
    page.get_by_role("link", name="Clock").click()
    page.locator(".view-clock tbody td:first-child", has_text=re.compile(rf"^{number}$")).wait_for()


def open_person(page: Page, name: str) -> None:
    page.get_by_role("link", name="Company").click()
    page.get_by_label("Search people").fill(name)
    page.locator("tbody tr", has_text=name).get_by_role("link").first.click()


def cell(page: Page, attribute: str, column: int) -> Any:
    """A cell of the three columns: 0 directory, 1 target, 2 account."""
    row = page.locator("table.three tr").filter(has=page.get_by_role("rowheader", name=attribute, exact=True))
    return row.locator("td").nth(column)


def test_first_five_minutes_of_a_newcomer(page: Page, live: Live, tmp_path: Path) -> None:
    page.get_by_text("Reachable.").wait_for()
    page.get_by_text("The preflight found no problem.").wait_for()
    run_cycle(page, 1)
    page.get_by_role("link", name="Traffic").click()
    page.locator("tr.link", has_text="create user").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_text("What Entra's provisioning log shows").wait_for()
    drawer.get_by_text("curl -i -X POST").wait_for()
    drawer.get_by_text("Verdict about the provider as a client").wait_for()
    drawer.get_by_text("201", exact=True).wait_for()
    page.keyboard.press("Escape")
    drawer.wait_for(state="detached")
    name = live.get("/api/people")["rows"][3]["name"]
    open_person(page, name)
    page.get_by_role("button", name="Block", exact=True).click()
    page.get_by_text("The next cycle sends it to the target.").wait_for()
    page.locator("td.differs").first.wait_for()
    assert cell(page, "active", 0).inner_text() == "false"
    assert "true" in cell(page, "active", 1).inner_text()
    run_cycle(page, 2)
    open_person(page, name)
    page.get_by_text("The target shows what the directory requires.").wait_for()
    assert cell(page, "active", 1).inner_text() == "false"
    page.get_by_role("link", name="Keep").click()
    page.get_by_text("what: blocked").wait_for()
    page.get_by_label("Name").fill("leaver today")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the scenario (YAML)").click()
    assert download.value.suggested_filename == "leaver-today.yaml"
    assert "then:\n  - " in download.value.path().read_text()


def test_friday_evening_leaver_is_seen_at_a_glance(page: Page, live: Live) -> None:
    live.clock("cycle")
    live.clock("to", FRIDAY_EVENING.isoformat())
    name = live.get("/api/people")["rows"][2]["name"]
    open_person(page, name)
    page.get_by_role("button", name="Block", exact=True).click()
    page.locator("td.differs").first.wait_for()
    page.get_by_role("button", name="Run next cycle").click()
    page.get_by_text("The account follows with the next sync of the server.").wait_for()
    page.get_by_text("not possible", exact=True).wait_for()
    page.get_by_role("link", name="Clock").click()
    page.locator("svg.week .change").wait_for()
    assert page.locator("svg.week .open").count() == 6, "the working days of this week and the next Monday"
    page.get_by_text("Monday to Friday (shaded)").wait_for()
    page.get_by_role("button", name="Next working day").click()
    page.locator(".clock b", has_text="06:00").wait_for()
    open_person(page, name)
    page.locator("dd", has_text="inactive").wait_for()
    wait_for_count(page.locator(".timeline svg .gap"), 1)
    page.get_by_text("Access after leaving lasted").wait_for()


def test_mapping_of_a_customer_is_uploaded_and_a_broken_file_explained(page: Page, live: Live, tmp_path: Path) -> None:
    live.clock("cycle")
    page.get_by_role("link", name="Provider").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as JSON").click()
    text = download.value.path().read_text()
    broken, customer = tmp_path / "broken.json", tmp_path / "customer.json"
    broken.write_text('{"synchronizationRules": ')
    customer.write_text(text.replace("[jobTitle]", "[department]"))
    page.get_by_label("Upload a mapping").set_input_files(broken)
    page.get_by_text("The file is not valid JSON").wait_for()
    page.get_by_label("Upload a mapping").set_input_files(customer)
    page.get_by_text("The job was restarted, as in Entra ID.").wait_for()
    page.get_by_text("22 rows for users", exact=True).click()
    page.locator("td", has_text="[department]").nth(1).wait_for()
    person = live.get("/api/people")["rows"][4]
    run_cycle(page, 2)
    open_person(page, person["name"])
    cell(page, "title", 1).wait_for()
    assert cell(page, "title", 1).inner_text() == person["department"]
    page.get_by_role("button", name="Provision on demand").click()
    page.get_by_text("5. Perform action").wait_for()


def test_target_that_loses_a_write_is_found_by_the_comparison(page: Page, live: Live) -> None:
    live.clock("cycle")
    person = live.get("/api/people")["rows"][5]
    page.get_by_role("link", name="Trouble").click()
    page.get_by_role("switch", name="Lost writes").click()
    page.get_by_text("A fault is on.").wait_for()
    live.change("title", person["id"], title="Ghost")
    page.get_by_role("button", name="Run next cycle").click()
    page.get_by_text("1 request affected").wait_for()
    row = page.locator("tbody tr", has_text=person["name"])
    row.get_by_text("'Ghost'").wait_for()
    page.get_by_text("The job is healthy.").wait_for()
    page.locator(".clock").get_by_text("1 difference found.").wait_for()
    page.get_by_role("switch", name="Lost writes").click()
    page.get_by_text("A fault is on.").wait_for(state="detached")
    row.get_by_role("link").click()
    cell(page, "title", 1).wait_for()
    assert "differs" in str(cell(page, "title", 1).get_attribute("class"))


def test_broken_server_is_found_by_checks_with_cause_fix_and_repetition(page: Page, live: Live) -> None:
    with embedded_server() as server, defect_proxy(server.base_url) as proxy:
        known = defects()["client-put-ignores-active"]
        live.begin(TEN, Access(proxy.add(known.name, known.between), server.token))
        page.get_by_role("link", name="Checks").click()
        page.get_by_text("Choose profiles, and run the checks").wait_for()
        for box in page.locator(".profiles input").all():
            box.uncheck()
        page.get_by_role("checkbox", name="okta-essentials").check()
        page.get_by_role("button", name="Run the checks").click()
        page.get_by_role("link", name="HTML report").wait_for()
        cause = page.locator("article.cause").first
        cause.get_by_text("FAIL", exact=True).wait_for()
        cause.get_by_text("Effect on users").wait_for()
        cause.get_by_role("button", name="Show the request").click()
        page.get_by_role("dialog").get_by_text("curl -i -X PUT").wait_for()
        page.keyboard.press("Escape")
        cause.get_by_role("button", name="Run this one again").click()
        page.get_by_role("heading", name="Again: test_").wait_for()
        page.get_by_role("link", name="HTML report").wait_for()
        wait_for_count(page.locator("article.cause"), 1)
        page.get_by_role("button", name="Run the checks").click()
        page.get_by_text("Nothing differs in").wait_for()
        live.begin(TEN)


def test_hostile_names_are_text_everywhere(page: Page, live: Live) -> None:
    live.begin(TEN.model_copy(update={"hostile_names": True, "users": 30}))
    live.post("/api/changes", {"what": "create group", "group": "<img src=x onerror=alert(1)>"})
    live.change("title", live.get("/api/people")["rows"][1]["id"], title="<script>alert(1)</script>")
    live.clock("cycle")
    page.on("dialog", lambda dialog: pytest.fail("a name ran as a script"))
    names = [row["name"] for row in live.get("/api/people")["rows"]]
    page.get_by_role("link", name="Company").click()
    page.locator("tbody tr").nth(29).wait_for()
    shown = page.locator("tbody tr td:first-child").all_inner_texts()
    assert len(shown) == len(names)
    hidden = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
    assert [text for text in shown if hidden.search(text)] == []
    for view in ("company/groups", "traffic", "clock", "keep", "trouble"):
        page.goto(f"{live.origin}/#/{view}")
        page.locator("h1").wait_for()
        assert page.locator("main img, main script, main iframe").count() == 0
    page.goto(f"{live.origin}/#/company/person/{live.get('/api/people')['rows'][1]['id']}")
    page.get_by_text("<script>alert(1)</script>").first.wait_for()
    assert page.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0


def test_two_tabs_show_the_same_and_closing_one_ends_nothing(page: Page, context: BrowserContext, live: Live) -> None:
    other = context.new_page()
    other.goto(f"{live.origin}/#/traffic")
    other.get_by_text("No request was sent yet.").wait_for()
    page.get_by_role("button", name="Run first cycle").click()
    other.locator("tr.link", has_text="create user").first.wait_for()
    other.close()
    page.get_by_role("button", name="Run next cycle").wait_for()
    assert live.get("/api/state")["play"]["cycles"] == 1


def test_server_that_is_killed_under_the_page_is_explained_and_restarted(page: Page, live: Live) -> None:
    live.clock("cycle")
    running = live.play.target.running
    assert running is not None
    running.kill()
    page.get_by_role("button", name="+1 h").click()
    page.get_by_text("The embedded server does not answer").wait_for()
    page.get_by_text("Restart the embedded server on the page Target.").wait_for()
    page.get_by_role("button", name="Restart the server").click()
    page.get_by_text("The embedded server does not answer").wait_for(state="detached")
    page.get_by_role("button", name="Run next cycle").click()
    page.get_by_text("No cycle has run yet").wait_for(state="detached")
    live.settle()
    assert live.get("/api/state")["play"]["cycles"] >= 2


def test_page_whose_process_is_gone_says_how_to_continue(browser: Browser, tmp_path: Path) -> None:
    made = new_context(browser)
    with live_page(tmp_path) as lost:
        page = made.new_page()
        page.goto(lost.link)
        page.get_by_text("Starting the target").wait_for()
    page.get_by_text("The connection to Scimulator is lost.").wait_for()
    made.close()


def test_load_test_is_started_watched_and_stopped(page: Page, live: Live) -> None:
    page.get_by_role("link", name="Load").click()
    page.get_by_label("Scenario").select_option("soak")
    page.get_by_label("Users").fill("30")
    page.get_by_label("Seconds").fill("600")
    page.get_by_role("button", name="Start the load test").click()
    page.locator("svg.chart").first.wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("The load test was stopped.").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_has_enough_contrast_names_and_room(page: Page, live: Live, scheme: Any) -> None:
    live.clock("cycle")
    live.change("block", live.get("/api/people")["rows"][2]["id"])
    live.clock("cycle")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    group = live.get("/api/groups")["rows"][0]["id"]
    person = live.get("/api/people")["rows"][2]["id"]
    for view in (*VIEWS, f"company/person/{person}", f"company/group/{group}"):
        page.goto(f"{live.origin}/#/{view}")
        page.locator("main h1").wait_for()
        page.wait_for_load_state("networkidle")
        assert page.evaluate(CONTRAST) == [], view
        assert page.evaluate("document.querySelectorAll('h1').length") == 1, view
        unnamed = page.evaluate(
            "[...document.querySelectorAll('input, select, textarea, button')]"
            ".filter(e => !e.labels?.length && !e.ariaLabel && !e.textContent.trim()).map(e => e.outerHTML)"
        )
        assert unnamed == [], view
        for width in (1100, 820):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (view, width)
        page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.full
def test_fifty_thousand_people_are_found_at_once(page: Page, live: Live) -> None:
    live.begin(TEN.model_copy(update={"users": 50_000}))
    page.get_by_role("link", name="Company").click()
    page.get_by_text("1 to 50 of 50,000").wait_for()
    page.get_by_label("Search people").fill("49999")
    page.get_by_text("1 to 1 of 1 that match (50,000 in all)").wait_for()
    assert page.locator("tbody tr").count() == 1


@pytest.mark.parametrize("users", [1_000, pytest.param(5_000, marks=pytest.mark.full)])
def test_many_people_are_paged_on_the_server(users: int, page: Page, live: Live) -> None:
    live.begin(TEN.model_copy(update={"users": users}))
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if "/api/people" in answer.url else None)
    page.get_by_role("link", name="Company").click()
    page.get_by_text(f"1 to 50 of {users:,}").wait_for()
    page.get_by_role("button", name="Next →").click()
    page.get_by_text(f"51 to 100 of {users:,}").wait_for()
    page.get_by_label("Search people").fill("oslo engineer")
    page.get_by_text(f"that match ({users:,} in all)").wait_for()
    assert max(sizes) < 40_000
    assert page.locator("*").count() < 1_500
