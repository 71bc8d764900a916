"""Queries of the admin pages that cannot be answered get one sentence."""

from __future__ import annotations

import pytest

from tests.reference_server.support import Visitor


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99999999999", "since=soon"])
def test_wrong_queries_get_one_sentence(visitor: Visitor, query: str) -> None:
    visitor.sign_in()
    connection = visitor.server.base_url.rpartition("/")[2]
    assert visitor.get(f"/admin/connections/{connection}/audit?{query}").status == 400
