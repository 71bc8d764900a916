"""TinyDB's own API over the live data of a folder: it is journaled and uses the indexes."""

from __future__ import annotations

from pathlib import Path

import tinydb

from reference_server.storage.database import open_tables
from tests.reference_server.storage.people import by_city, held, reread


def test_tinydbs_own_api_works_and_is_journaled(tmp_path: Path) -> None:
    tables = open_tables(tmp_path)
    tables.table("people", {"city": by_city})
    people = tables.database.table("people")
    where = tinydb.where
    people.insert({"id": "a", "city": "Oslo"})
    people.insert_multiple([{"id": "b", "city": "Rome"}, {"id": "c", "city": "Oslo"}])
    assert [d["id"] for d in people.search(where("city") == "Oslo")] == ["a", "c"]
    assert people.get(where("id") == "b")["city"] == "Rome"  # type: ignore[index]
    assert people.count(where("city") == "Oslo") == 2
    people.update({"city": "Rome"}, where("id") == "a")
    people.upsert({"id": "d", "city": "Bern"}, where("id") == "d")
    people.remove(where("id") == "c")
    assert people.contains(where("id") == "d")
    assert not people.contains(where("id") == "c")
    assert len(people) == 3
    assert sorted(r["id"] for r in tables.table("people").find("city", "Rome")) == ["a", "b"]
    tables.close()
    again = open_tables(tmp_path)
    assert sorted(r["id"] for r in held(again)) == ["a", "b", "d"]
    again.database.drop_table("people")
    assert held(again) == []
    again.close()
    assert reread(tmp_path) == []
