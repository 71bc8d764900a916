"""The connections of tenants: a file gives them, a mistake in it is one line that never shows a token."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from loadtests.target.connections import BadTenants, Connection, read_tenants, write_tenants

URL, TOKEN = "https://host.example/scim", "token-of-a-test"


def file(folder: Path, content: Any) -> Path:
    path = folder / "tenants.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_url_and_a_name_have_defaults(tmp_path: Path) -> None:
    rows = [{"token": "a"}, {"token": "b", "url": "https://other.example/scim/", "name": "Contoso"}]
    first, second = read_tenants(file(tmp_path, rows), URL)
    assert (first.url, first.token, first.name) == (URL, "a", "tenant-1")
    assert (second.url, second.token, second.name) == ("https://other.example/scim", "b", "Contoso")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not JSON " + TOKEN, "tenants.json: not JSON; expected"),
        ([], "tenants.json: no tenants"),
        ({"token": TOKEN}, "tenants.json: no tenants"),
        ([{"token": TOKEN, "url": URL}, TOKEN], "tenant 2: expected"),
        ([{"url": URL}], "tenant 1: expected"),
        ([{"token": 7, "url": URL}], "tenant 1: expected"),
        ([{"token": TOKEN, "url": URL, "secret": TOKEN}], "tenant 1: expected"),
        ([{"token": TOKEN}], "tenant 1: url: missing, and there is no --url"),
        ([{"token": TOKEN, "url": URL, "name": 7}], "tenant 1: url"),
        ([{"token": TOKEN, "url": URL}, {"token": TOKEN, "url": URL + "/"}], "two tenants have the same connection"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(content: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadTenants, match=words) as raised:
        read_tenants(file(tmp_path, content))
    assert TOKEN not in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadTenants, match=r"nowhere\.json: No such file or directory"):
        read_tenants(tmp_path / "nowhere.json")


def test_connections_are_written_for_their_owner_only_and_read_again(tmp_path: Path) -> None:
    connections = [Connection(URL, TOKEN, "Contoso"), Connection(URL, "b", "Fabrikam")]
    path = tmp_path / "tenants.json"
    write_tenants(connections, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_tenants(path) == connections
    with pytest.raises(FileExistsError):
        write_tenants(connections, path)


def test_a_token_is_not_shown() -> None:
    assert TOKEN not in repr(Connection(URL, TOKEN))
