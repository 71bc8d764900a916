"""Live traffic is shown by its shape, without personal data."""

from __future__ import annotations

import pytest

from reference_server.service.traffic import looks_like, shape


@pytest.mark.parametrize(
    ("path", "query", "shown"),
    [
        ("/Users", b"", "/Users"),
        ("/Users/anna@x.com", b"", "/Users/{id}"),
        ("/Users", b"filter=userName+eq+%22anna%40x.com%22", "/Users?filter=userName eq ?"),
        (
            "/Users",
            b'filter=emails[type eq "work" and value co "anna"]',
            "/Users?filter=emails[type eq ? and value co ?]",
        ),
        ("/Users", b"filter=anna@x.com", "/Users?filter=?"),
        ("/Users", b"filter=userName+eq+anna and title pr", "/Users?filter=userName eq ? and title pr"),
        ("/Users", b"filter=externalId%20eq%2042&startIndex=1", "/Users?filter=externalId eq ?&startIndex=1"),
        ("/Users", b"anna=secret", "/Users?anna"),
        ("/Bulk", b"", "/Bulk"),
        ("/Users/.search", b"", "/Users/.search"),
        ("/", b"", "/"),
    ],
)
def test_traffic_is_shown_by_shape(path: str, query: bytes, shown: str) -> None:
    assert shape(path, query) == shown


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (None, "Microsoft Entra ID"),
        (b"Okta SCIM Client 1.0.0", "Okta"),
        (b"Google-Auto-Provisioning", "Google Workspace"),
        (b"curl/8.5", "curl"),
        (b"\xff\xfe", "other client"),
    ],
)
def test_provider_is_guessed_by_its_agent(agent: bytes | None, name: str) -> None:
    assert looks_like(agent) == name
