"""Servers with an environment of their own: what the suite finds there is what a person reviewed, cause by cause."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from conformance.requirements.catalogue import catalogue
from loadtests.bench.servers.node_packages import NotInstalled
from tests.foreign import zoo
from tests.foreign.causes import events_of
from tests.foreign.reviewed_causes import CAUSES, COLUMNS, JUDGED, rows_of, unexplained
from tests.foreign.targets import EVERY, ZOO

SERVER = pytest.mark.parametrize("name", EVERY)
OWN_ENVIRONMENT = pytest.mark.parametrize("name", ZOO)


@pytest.mark.full
@pytest.mark.slow
@SERVER
def test_every_finding_has_a_reviewed_cause(name: str) -> None:
    try:
        events = events_of(name, None)
    except NotInstalled as reason:
        pytest.skip(str(reason))
    new = [(event["name"], event["message"]) for event in unexplained(events, rows_of(name))]
    assert not new, f"Review it and add it to tests/foreign/causes/{name}.csv: {new}"


@SERVER
def test_each_reviewed_cause_names_the_sentence_that_decides(name: str) -> None:
    rows = rows_of(name)
    assert len({row["cause"] for row in rows}) == len(rows)
    for row in rows:
        assert tuple(row) == COLUMNS
        assert row["verdict"] in JUDGED, row
        assert row["requirement"] in catalogue(), row
        assert row["section"].startswith("RFC"), row
        assert len(row["sentence"]) > 20, row
        assert len(row["seen"]) > 10, row
        assert row["right"] in ("yes", "no"), row
        assert row["headline"], row
        assert row["first"] in ("", "yes"), row
        assert bool(row["why"]) == ("no" in (row["right"], row["headline"]) or row["first"] == "yes"), row


def test_every_server_has_reviewed_causes() -> None:
    assert {file.stem for file in CAUSES.glob("*.csv")} == set(EVERY)


@OWN_ENVIRONMENT
def test_every_package_is_pinned_by_its_hash_and_names_no_registry(name: str) -> None:
    folder = zoo.SERVERS / name
    if (folder / "serve.mjs").exists():
        packages = json.loads((folder / "package-lock.json").read_text())["packages"]
        assert packages.pop("")["dependencies"] == json.loads((folder / "package.json").read_text())["dependencies"]
        assert [path for path, facts in packages.items() if not facts["integrity"].startswith("sha512-")] == []
        assert [path for path, facts in packages.items() if "resolved" in facts] == []
    else:
        text = (folder / "requirements.txt").read_text()
        blocks = re.findall(r"^\S.*(?:\n    .*)*", text, re.M)
        assert len(blocks) > 5
        assert [
            block for block in blocks if not re.match(r"\S+==\S+ .*(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+$", block)
        ] == []
        assert re.findall(r"https?://|--index-url|--find-links", text) == []


def test_a_server_that_is_not_prepared_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zoo, "ENVIRONMENTS", tmp_path / "none")
    for name in ZOO:
        with pytest.raises(
            NotInstalled, match=f"^{name} is not prepared; run python -m tests.foreign.zoo prepare {name}$"
        ):
            zoo.command(name, tmp_path)


def test_usage_names_the_servers(capsys: pytest.CaptureFixture[str]) -> None:
    assert zoo.main(["prepare", "nobody"]) == 2
    assert ", ".join(ZOO) in capsys.readouterr().out
