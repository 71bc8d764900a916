"""The check's report in a real browser: nothing is loaded, hostile text stays text, links, filter, search, phone, dark, print."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.report.compare import COMPARISONS
from conformance.report.formats import FORMATS
from tests.conformance.made_up_runs import Event, big_run, broken_patch, check, hostile_run, run
from tests.pages.conftest import new_context

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def a_run() -> list[Event]:
    """Hostile text, a lie, many places of one cause, two profiles."""
    return run(
        *hostile_run()[3:-3],
        *broken_patch(10),
        *(
            check(f"test_m{n}", "FAIL", requirement="RFC7643-3.1-10", message="meta.location is missing")
            for n in range(9)
        ),
        check("test_entra", profile="entra", file="entra/test_a.py"),
        check("test_n", "NOT OFFERED", requirement="RFC7644-3.7-01"),
        profiles=("rfc", "entra"),
    )


def open_page(browser: Browser, path: Path, wrong: list[str], **context: object) -> Page:
    page = new_context(browser, **context).new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    page.on("dialog", lambda dialog: wrong.append(f"a dialog: {dialog.message}"))
    page.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
    page.goto(path.as_uri())
    return page


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "check.html"
    path.write_text(FORMATS["html"](a_run()))
    return path


@pytest.fixture
def opened(browser: Browser, report: Path) -> Iterator[Page]:
    wrong: list[str] = []
    page = open_page(browser, report, wrong, viewport={"width": 390, "height": 844}, color_scheme="dark")
    yield page
    page.context.close()
    assert wrong == []


def test_sections_come_in_the_order_in_which_people_read(opened: Page) -> None:
    titles = opened.locator("h2").all_inner_texts()
    assert titles == ["Coverage by section", "Causes", "Checks", "Exchanges", "What the verdicts mean"]
    assert "11 of 16 checks failed" in opened.locator(".verdict").inner_text()


def test_nothing_sticks_out_on_a_phone_and_dark_is_dark(opened: Page) -> None:
    assert opened.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    background = opened.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in background.strip("rgb()").split(",")[:3]) < 200


def test_no_markup_comes_from_the_target(opened: Page) -> None:
    assert opened.locator("img, iframe, object, embed, link, form").count() == 0
    assert any("onerror=alert(1)" in title for title in opened.locator("#causes h3").all_inner_texts())


def test_checks_are_chosen_by_verdict_with_the_keyboard(opened: Page) -> None:
    everything = opened.locator(".check:visible").count()
    opened.locator("#show-all").focus()
    opened.keyboard.press("ArrowRight")
    assert opened.locator("input:checked").get_attribute("id") == "show-PASS"
    assert opened.locator(".check:visible").count() == 1
    opened.check("#show-FAIL")
    assert opened.locator(".check:visible").count() == 11 < everything
    opened.check("#show-NOT-OFFERED")
    assert opened.locator(".place:visible").count() == 1
    assert "Bulk" in opened.locator(".place:visible h4").inner_text()


def test_the_choice_works_without_script(browser: Browser, report: Path) -> None:
    wrong: list[str] = []
    page = open_page(browser, report, wrong, java_script_enabled=False)
    page.check("#show-FAIL")
    assert page.locator(".check:visible").count() == 11
    page.locator(".check:visible summary").first.click()
    assert page.locator(".check[open] dl").first.is_visible()
    page.context.close()
    assert wrong == []


@pytest.mark.parametrize(
    "target", ["RFC7644-3.5.2.2-04", "rfc7644/test_3_5_2_2_x::test_remove_with_filter_keeps_the_others", "x11"]
)
def test_deep_links_open_what_they_name(browser: Browser, report: Path, target: str) -> None:
    wrong: list[str] = []
    page = open_page(browser, report, wrong)
    page.goto(f"{report.as_uri()}#{target}")
    assert page.locator(f'[id="{target}"]').is_visible()
    page.context.close()
    assert wrong == []


def test_every_link_inside_the_page_leads_somewhere(opened: Page) -> None:
    links = opened.eval_on_selector_all(
        "a[href^='#']", "all => all.map(a => decodeURIComponent(a.getAttribute('href').slice(1)))"
    )
    ids = set(opened.eval_on_selector_all("[id]", "all => all.map(e => e.id)"))
    assert len(links) > 20
    assert {link for link in links if link not in ids} == set()
    assert len(ids) == opened.locator("[id]").count(), "an id is there twice"


def test_a_cell_of_the_strip_opens_its_section(opened: Page) -> None:
    cell = opened.locator("a.cell", has_text="3.5.2.2").first
    assert "✘" in cell.inner_text()
    assert (
        cell.get_attribute("title") == "3.5.2.2 PATCH remove: " + (cell.get_attribute("title") or "").partition(": ")[2]
    )
    cell.click()
    assert opened.locator("#at-rfc-RFC7644-3\\.5\\.2\\.2").evaluate(
        "e => e.open && e.getBoundingClientRect().top < innerHeight"
    )


def test_search_leaves_what_is_looked_for(opened: Page) -> None:
    opened.keyboard.press("/")
    opened.keyboard.type("only the matching values")
    assert opened.locator(".check:visible").count() == 1
    opened.keyboard.press("Escape")
    assert opened.locator(".check:visible").count() == 16


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_are_readable_in_both_schemes(browser: Browser, report: Path, scheme: str) -> None:
    """Contrast of at least 4.5 (WCAG AA), of what says how it went against what it stands on."""
    wrong: list[str] = []
    page = open_page(browser, report, wrong, color_scheme=scheme)
    for selector in (".verdict", ".check b.bad", ".check b.good", ".cell", ".soft", "mark", ".card dt"):
        assert page.locator(selector).first.evaluate(CONTRAST) >= 4.5, selector
    page.context.close()


def test_print_shows_the_causes_and_no_controls(opened: Page) -> None:
    opened.emulate_media(media="print")
    assert not opened.locator(".filter").is_visible()
    assert opened.locator("#causes article").first.is_visible()


def test_a_comparison_is_a_page_like_the_others(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "side.html"
    path.write_text(COMPARISONS["html"]([a_run(), run(*broken_patch())], ["old", "new"]))
    wrong: list[str] = []
    page = open_page(browser, path, wrong, viewport={"width": 390, "height": 844})
    assert page.locator("#differs tbody tr").count() == 15
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    page.context.close()
    assert wrong == []


@pytest.mark.slow
def test_a_page_of_full_size_lays_out_no_more_than_a_small_one(browser: Browser, tmp_path: Path) -> None:
    """Details are folded: what a browser lays out at first, and the size of the document, are bounded."""
    wrong: list[str] = []
    shown, elements = [], []
    for name, events in (("small", a_run()), ("big", big_run())):
        path = tmp_path / f"{name}.html"
        path.write_text(FORMATS["html"](events))
        page = open_page(browser, path, wrong)
        shown.append(page.evaluate("document.body.innerText.length"))
        elements.append(page.evaluate("document.querySelectorAll('*').length"))
        page.context.close()
    assert shown[1] < 2 * shown[0]
    assert elements[1] < 40_000
    assert path.stat().st_size < 6_000_000
    assert wrong == []


CONTRAST = """element => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const parse = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const layers = [];
  for (let e = element; e; e = e.parentElement) layers.unshift(parse(getComputedStyle(e).backgroundColor));
  const ground = layers.reduce((under, [r, g, b, a]) => under.map((v, at) => v * (1 - a / 255) + [r, g, b][at] * a / 255), [255, 255, 255]);
  const [one, two] = [light(parse(getComputedStyle(element).color)), light(ground)].sort((a, b) => b - a);
  return (one + 0.05) / (two + 0.05);
}"""
