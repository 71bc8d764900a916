"""RFC 7644 section 1.2: signs of URLs within an id are part of the id."""

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
    consequence="A request about one resource is carried out on another.",
    fix="Split a URL before it is decoded, not after.",
)
def test_encoded_sign_behind_an_id_is_another_id(scim: Session, sign: str) -> None:
    """An id with %23 or %3F behind it is nobody's: 404 or 400, for a read and for a deletion."""
    user = scim.new_user()
    path = f"{scim.path_of(user)}{quote(sign, safe='')}"
    expect.status(scim.get(path), 404, 400)
    expect.status(scim.delete(path), 404, 400)
    expect.unchanged(scim, user)
