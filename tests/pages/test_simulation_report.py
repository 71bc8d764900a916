"""The simulation's report in a real browser: hostile names stay text, nothing is loaded, search, links, phone, dark, size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.pages.conftest import new_context
from tests.warm_process import run_command

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SCENARIO = """
name: s
users: 60
days: 6
seed: 7
life: random
busy: 20
hostile_names: true
cast: {anna: 5}
events:
  - {day: 2, at: "20:30", what: checked, then: anna does not exist}
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company whose names are attacks, half of it on the move, one expectation that does not hold."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "s.yaml").write_text(SCENARIO)
    shown = run_command("simulate", str(folder / "s.yaml"), "--report", str(folder / "r.html"), cwd=folder)
    assert shown.returncode == 1, shown.stderr
    return folder / "r.html"


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[Page]:
    context = new_context(browser, viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
    page.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
    page.goto(report.as_uri())
    yield page
    context.close()
    assert wrong == []


def test_verdict_and_sections_come_in_order(opened: Page) -> None:
    titles = opened.locator("h2").all_inner_texts()
    assert titles[:3] == ["Summary", "Expectations", "Convergence"]
    assert titles[-1] == "Provisioning log"
    assert "1 of 1 expectations did not hold" in opened.inner_text("body")


def test_nothing_sticks_out_on_a_phone_and_dark_is_dark(opened: Page) -> None:
    assert opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    background = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in background.strip("rgb()").split(",")[:3]) < 200


def test_search_leaves_who_is_looked_for(opened: Page) -> None:
    cards = opened.locator("article.timeline")
    everybody = cards.count()
    assert everybody > 5
    wanted = cards.nth(2).get_attribute("data-find") or ""
    opened.keyboard.press("/")
    opened.keyboard.type(wanted.split("@")[0].split(" ")[-1])
    shown = opened.locator("article.timeline:visible").count()
    assert 1 <= shown < everybody


def test_links_of_the_log_open_the_exchange(opened: Page) -> None:
    links = opened.locator("#log a[href^='#x']")
    targets = [links.nth(number).get_attribute("href") or "" for number in range(min(links.count(), 200))]
    drawn = [target for target in targets if opened.locator(target).count()]
    assert drawn
    opened.locator(f"#log a[href='{drawn[0]}']").first.click()
    assert opened.locator(drawn[0]).evaluate("element => element.open")


def test_no_markup_comes_from_names(opened: Page) -> None:
    assert opened.locator("article.timeline h3 *").count() == 0
    assert opened.locator("img, iframe, object, embed, link, form").count() == 0


@pytest.mark.full
def test_ninety_days_of_500_people_fit_into_five_megabytes(tmp_path: Path) -> None:
    assert run_command("simulate", "quarter", "--report", str(tmp_path / "r.html"), cwd=tmp_path).returncode == 0
    assert (tmp_path / "r.html").stat().st_size < 5_000_000
