"""What is installed is pinned with hashes, actions by commit, images by digest; a release comes with its bill of materials."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support import ROOT

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WORKFLOWS = [*(ROOT / "docs" / "ci").glob("*.yml"), *(ROOT / ".github" / "workflows").glob("*.y*ml")]
IMAGES = [*WORKFLOWS, ROOT / "docs" / "examples" / "Dockerfile", ROOT / "docs" / "examples" / "compose.yaml"]
OURS = "scimulator"
LOCKS = ("run", "test", "docs")
BY_TAG = {"caddy:2"}  # its digest could not be confirmed by two independent sources


def name_of(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[^A-Za-z0-9._-]", requirement.strip(), maxsplit=1)[0]).lower()


def pins(path: str) -> dict[str, str]:
    """Name → version of a file of pins."""
    found = [PIN.match(line) for line in (ROOT / path).read_text().splitlines()]
    return {name_of(each[1]): each[2] for each in found if each}


def test_the_hashes_are_those_of_the_pins() -> None:
    run, *others = (pins(f"requirements/{name}.txt") for name in LOCKS)
    everything = {**run, **others[0], **others[1]}
    for found in (run, *others):
        assert {**everything, **found} == everything, "one version each; a package may be in several files"
    assert everything == pins("constraints.txt"), "run `make lock`"


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_hashes(name: str) -> None:
    blocks = re.split(r"^(?=[A-Za-z0-9])", (ROOT / "requirements" / f"{name}.txt").read_text(), flags=re.MULTILINE)[1:]
    assert [block.split()[0] for block in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}$", block, re.M)] == []


def test_what_is_declared_is_pinned() -> None:
    run, every = pins("requirements/run.txt"), pins("constraints.txt")
    extras = PROJECT["project"]["optional-dependencies"]
    installed = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"], *extras["postgres"]]
    assert [word for word in installed if name_of(word) not in run] == []
    assert [word for word in (*extras["test"], *extras["docs"]) if name_of(word) not in every] == []


def test_files_of_other_platforms_and_versions_are_covered() -> None:
    """A release with compiled parts has one file per platform and version of Python: many hashes."""
    text = (ROOT / "requirements" / "run.txt").read_text()
    for name in ("aiohttp", "orjson", "gevent", "pydantic-core"):
        block = re.search(rf"^{name}==.*(?:\n    .*)*", text, re.M)
        assert block is not None
        assert block[0].count("--hash") > 20
    assert pins("requirements/run.txt").keys() >= {"colorama", "pywin32"}


@pytest.mark.parametrize(
    "path", ["constraints.txt", *(f"requirements/{name}.txt" for name in LOCKS), "Makefile", ".ci/lock"]
)
def test_no_file_names_a_package_registry(path: str) -> None:
    assert re.findall(r"https?://|--index-url|--find-links", (ROOT / path).read_text().replace("--no-emit-", "")) == []


def test_actions_are_pinned_by_commit() -> None:
    uses = [line for path in WORKFLOWS for line in re.findall(r"(?m)^[ -]*uses:\s*(.*)", path.read_text())]
    assert uses
    assert [line for line in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)+", line)] == []


def test_packages_of_node_are_locked_with_their_hashes() -> None:
    folder = ROOT / "loadtests" / "bench" / "servers" / "scimmy"
    packages = json.loads((folder / "package-lock.json").read_text())["packages"]
    assert packages.pop("")["dependencies"] == json.loads((folder / "package.json").read_text())["dependencies"]
    assert [name for name, facts in packages.items() if not facts["integrity"].startswith("sha512-")] == []
    assert [name for name, facts in packages.items() if "resolved" in facts] == []  # names no registry


def test_images_are_pinned_by_digest() -> None:
    found = [name for path in IMAGES for name in re.findall(r"(?m)^(?:FROM|\s*image:)\s*(\S+)", path.read_text())]
    assert len(found) > 3
    loose = {name for name in found if not re.search(r"@sha256:[0-9a-f]{64}$", name)}
    assert loose == {OURS, *BY_TAG}


def test_a_release_comes_with_its_bill_of_materials(tmp_path: Path) -> None:
    texts = []
    for place in (tmp_path / "dist" / "a.cdx.json", tmp_path / "b.cdx.json"):
        subprocess.run([sys.executable, ROOT / ".ci" / "sbom.py", place], check=True)
        texts.append(place.read_text())
    assert texts[0] == texts[1]
    bill = json.loads(texts[0])
    assert (bill["bomFormat"], bill["specVersion"], bill["version"]) == ("CycloneDX", "1.6", 1)
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", bill["serialNumber"])
    assert {name_of(part["name"]): part["version"] for part in bill["components"]} == pins("requirements/run.txt")
    references = [part["bom-ref"] for part in bill["components"]]
    assert len(set(references)) == len(references)
    assert all(re.fullmatch(r"pkg:pypi/[a-z0-9-]+@[\w.]+", part["purl"]) for part in bill["components"])
    own = bill["metadata"]["component"]
    assert (own["name"], own["version"]) == (PROJECT["project"]["name"], PROJECT["project"]["version"])
    assert bill["dependencies"] == [{"ref": own["bom-ref"], "dependsOn": references}]
