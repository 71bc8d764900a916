"""The limit of requests per second: a bucket for each connection."""

from __future__ import annotations

import pytest

from reference_server.embedded import embedded_server
from reference_server.endpoints.rate_limit import RateLimit
from reference_server.settings import Settings
from tests.support import Scim


@pytest.mark.parametrize(
    ("moments", "waits"),
    [
        ([0.0] * 5, [0, 0, 0, 0, 1]),
        ([0.0] * 4 + [0.5], [0, 0, 0, 0, 0]),
        ([0.0] * 4 + [0.1, 0.6], [0, 0, 0, 0, 1, 0]),
        ([0.0, 100.0, 100.0, 100.0, 100.0, 100.0], [0, 0, 0, 0, 0, 1]),
    ],
)
def test_rate_limit_is_a_bucket_that_refills(moments: list[float], waits: list[int]) -> None:
    limit = RateLimit(per_second=2)
    assert [limit.wait("one", moment) for moment in moments] == waits
    assert limit.wait("other", moments[-1]) == 0


def test_rate_limit_is_per_connection_and_off_on_this_machine() -> None:
    """D8."""
    assert (Settings().rate_limit, Settings(host="0.0.0.0").rate_limit) == (0, 1_000)
    with embedded_server(arguments=["--rate-limit", "1"]) as server:
        scim = Scim(server)
        replies = [scim.get("/Users") for _ in range(5)]
        assert [reply.status for reply in replies][:2] == [200, 200]
        slowed = [reply for reply in replies if reply.status == 429]
        assert slowed
        assert slowed[0].headers["retry-after"] == "1"
        assert slowed[0].json["status"] == "429"
