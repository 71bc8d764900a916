"""Pages of a connection: an unknown one is a page with one sentence, and pages are numbered from 1."""

from __future__ import annotations

import pytest

from tests.reference_server.support import Visitor


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("{connection}", 200),
        ("{connection}/people?page=1", 200),
        ("{connection}/people?page=0", 400),
        ("nonsense", 404),
    ],
)
def test_pages_of_a_connection(visitor: Visitor, path: str, status: int) -> None:
    visitor.sign_in()
    connection = visitor.server.base_url.rpartition("/")[2]
    assert visitor.get("/admin/connections/" + path.replace("{connection}", connection)).status == status
