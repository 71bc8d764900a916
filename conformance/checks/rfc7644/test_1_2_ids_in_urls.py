"""RFC 7644 section 1.2: encoded delimiters in an id are part of the id."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement


@pytest.mark.parametrize("sign", ["#", "?", "#x", "?x=1"], ids=["hash", "question mark", "fragment", "query"])
@requirement(
    "RFC7644-1.2-01",
    "RFC7644-3.12-10",
    level="lie",
    consequence="A request for one resource reads or deletes another.",
    fix="Split the URL into path and query before decoding it, not after.",
)
def test_encoded_sign_behind_an_id_is_another_id(scim: Session, sign: str) -> None:
    """GET and DELETE of an existing id followed by %23 or %3F must be rejected with 404 or 400."""
    user = scim.new_user()
    path = f"{scim.path_of(user)}{quote(sign, safe='')}"
    expect.status(scim.get(path), 404, 400)
    expect.status(scim.delete(path), 404, 400)
    expect.unchanged(scim, user)
