"""The documentation site: its navigation names every page, and it is complete, without broken links, and needs no network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

import conformance
import reference_server
import simulator
from conformance.defects.catalogue import defects
from conformance.requirements.profiles import PROFILES
from scimulator import COMMANDS
from simulator.entra.settings import EntraSettings
from tests.support import ROOT

DOCS = ROOT / "docs"
SITE_URL = "https://docs.example.com/scimulator/"
CONFIG = yaml.safe_load((ROOT / "mkdocs.yml").read_text("utf-8"))


def entries(navigation: Sequence[Any]) -> Iterator[str]:
    for entry in navigation:
        ((_, value),) = entry.items()
        yield from entries(value) if isinstance(value, list) else [value]


def test_the_navigation_names_every_page() -> None:
    named = list(entries(CONFIG["nav"]))
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md") if "examples" not in path.parts]
    folders = tuple(name for name in named if name.endswith("/"))
    assert [page for page in pages if page not in named and not page.startswith(folders)] == []
    written = {name for name in named if not name.endswith("/") and not name.startswith("reference/")}
    assert written - set(pages) == {"index.md", "contributing.md", "security.md", "changelog.md"}, (
        "made from files beside docs/"
    )
    assert CONFIG["not_in_nav"] == "/source/", "files of the repository that pages link to, also in Markdown"


def test_the_site_loads_nothing_from_elsewhere() -> None:
    assert CONFIG["theme"]["font"] is False
    assert not {"extra_css", "extra_javascript", "extra"} & set(CONFIG)
    search, mkdocstrings = CONFIG["plugins"]
    assert search == "search"
    assert mkdocstrings["mkdocstrings"]["handlers"]["python"]["inventories"] == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environment = {**os.environ, "SITE_URL": SITE_URL}
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900, check=False, env=environment)
    assert done.returncode == 0, f"make setup-docs installs what this needs\n{done.stderr[-4000:]}"
    return folder


@pytest.mark.full
def test_the_built_site_is_complete(site: Path) -> None:
    reference = site / "reference"
    assert {path.name for path in (reference / "command-line").iterdir() if path.is_dir()} == set(COMMANDS)
    assert {path.name for path in (reference / "defects").iterdir() if path.is_dir()} == {
        each.topic for each in defects().values()
    }
    checks = "".join(page.read_text("utf-8") for page in (reference / "checks").rglob("*.html"))
    assert [name for name, profile in PROFILES.items() if not profile.essentials and name not in checks] == []
    knobs = (reference / "knobs" / "index.html").read_text("utf-8")
    assert [name for name in EntraSettings.model_fields if f">{name}<" not in knobs] == []
    assert ">--resource-type<" in (reference / "command-line" / "check" / "index.html").read_text("utf-8")
    assert "130" in (reference / "exit-codes" / "index.html").read_text("utf-8")
    assert f"<loc>{SITE_URL}reference/knobs/</loc>" in (site / "sitemap.xml").read_text("utf-8")
    for package in (conformance, simulator, reference_server):
        page = (reference / "python" / package.__name__ / "index.html").read_text("utf-8")
        assert [name for name in package.__all__ if f'id="{package.__name__}.api.{name}"' not in page] == []


@pytest.mark.full
def test_the_built_site_is_searchable_and_needs_no_network(site: Path) -> None:
    found = json.loads((site / "search" / "search_index.json").read_text("utf-8"))["docs"]
    text = " ".join(entry["text"] for entry in found)
    assert "group-remove-with-value-clears-all" in text
    assert "RFC7644-3.5.2.2-04" in text
    for page in site.rglob("*.html"):
        loaded = re.findall(
            r'<(?:script|img|iframe|link rel="stylesheet")[^>]*(?:src|href)="([^"]+)"', page.read_text("utf-8")
        )
        assert [address for address in loaded if address.startswith(("http", "//"))] == [], page
