"""A filter selects the same stored records as it selects resources, whether or not they are parsed."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from reference_server.endpoints.matching import matches, may_contain
from reference_server.scim.filter import parse_filter
from reference_server.scim.text import folded
from tests.in_process import House, run
from tests.support import ENTERPRISE

FILTERS = [
    'title eq "engineer"',
    'title eq "Engineer \\" II"',
    'title co "INE"',
    'title co "kelvin"',
    'title sw "stra"',
    'title ew "SSe"',
    'title co ""',
    'title co "é"',
    'title ne "engineer"',
    'not (title co "engineer")',
    'title co "engineer" and userName co "1"',
    'title co "engineer" or userName eq "u4"',
    "title pr",
    'emails[type eq "work" and value co "@EXAMPLE"]',
    'emails.value co "example"',
    'active eq "True"',
    f'{ENTERPRISE}:department eq "LAW"',
    f'{ENTERPRISE}:manager.value co "-"',
    'meta.lastModified gt "2000-01-01T00:00:00Z"',
    'meta.lastModified lt "2000-01-01T00:00:00Z"',
    'meta.resourceType eq "user"',
    'meta.version co "2"',
    'meta.location co "Users"',
    'groups.display eq "staff"',
    'title co "' + "a" * 40 + '"',
]
TITLES = [
    "Engineer",
    'Engineer " II',
    "Kelvin \u212a",
    "\u212aelvin",
    "Straße",
    "Strasse",
    "cafe\u0301",
    "a" * 40,
    "a" * 33,
    "",
]


@pytest.mark.parametrize("mark", ["", "\u0301", "\u0323"])
def test_no_string_is_missed_that_is_equal_to_ascii_text(mark: str) -> None:
    for code in (*range(0x80, 0x3400), *range(0xF900, 0xFFF0)):
        text = chr(code) + mark
        stored = orjson.dumps([text])
        for part in filter(str.isascii, folded(text) + text.casefold()):
            assert may_contain(stored, part.encode()), text


def test_other_letters_are_not_taken_for_ascii_letters() -> None:
    assert not may_contain(orjson.dumps("Łódź Ñandú Äöü 山田 Ελένη"), b"x")


@pytest.mark.parametrize("text", FILTERS)
def test_a_stored_record_matches_as_its_resource_does(at: House, text: str) -> None:
    async def story() -> None:
        boss = (await at.user(userName="boss"))["id"]
        ids = [boss]
        for number, title in enumerate(TITLES):
            extension = {"department": "Law", "manager": {"value": boss}} if number % 2 else {"department": "IT"}
            emails = [{"type": "work", "value": f"u{number}@example.com"}]
            made = await at.user(
                userName=f"u{number}", title=title, emails=emails, active=True, **{ENTERPRISE: extension}
            )
            ids.append(made["id"])
        await at.group("staff", *ids[:3])
        shadow, connection = at.service.shadow, at.connection
        scope, user = shadow.scope(connection.id, connection.tenant_id), shadow.types.by_name["User"]
        condition = parse_filter(text, user)
        selects = matches(shadow.views, scope, user, "http://x", condition)
        computed = condition.attributes & shadow.views.computed_names["User"]
        for id_ in ids:
            stored, _ = shadow.stored(scope, user, id_)
            record: dict[str, Any] = orjson.loads(stored)
            resource = shadow.views.show(scope, user, record, "http://x") if computed else record["resource"]
            assert selects(stored) is condition.matches(resource), resource
            unusual = orjson.dumps({**record, "later": 1})  # as another version could write it
            assert selects(unusual) is selects(stored)
            if condition.exact:
                assert condition.lookup is not None
                found = [row for _, row in shadow.candidates(scope, user, condition.lookup)]
                assert (stored in found) is selects(stored)

    run(story())
