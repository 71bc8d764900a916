"""The server under load: unusable URLs and tokens are rejected before the first write, or by the first read."""

from __future__ import annotations

import pytest

from loadtests.target.connections import Connection
from loadtests.target.target import Refused, Target, check_url, open_targets
from tests.fake_target import Answer, Received, fake_target

TOKEN = "token-of-a-test"


@pytest.mark.parametrize(
    ("url", "token", "words"),
    [
        ("host.example/scim", TOKEN, "--url: expected"),
        ("ftp://host.example/scim", TOKEN, "--url: expected"),
        (f"https://me:{TOKEN}@host.example/scim", TOKEN, "--url: expected only scheme, host, and path"),
        (f"https://host.example/scim?token={TOKEN}", TOKEN, "--url: expected only scheme, host, and path"),
        ("https://host.example/scim#users", TOKEN, "--url: expected only scheme, host, and path"),
        ("https://host.example/scim", None, "--token: missing"),
        ("https://host.example/scim", "", "--token: missing"),
        ("https://host.example/scim", "two words", "--token: expected printable ASCII"),
        ("https://host.example/scim", "line\nbreak", "--token: expected printable ASCII"),
        ("https://host.example/scim", "tøken", "--token: expected printable ASCII"),
    ],
)
def test_a_url_or_a_token_that_cannot_work_is_rejected_without_showing_the_token(
    url: str, token: str | None, words: str
) -> None:
    with pytest.raises(Refused, match=words) as raised:
        check_url(url, token)
    assert raised.value.code == 2
    assert TOKEN not in str(raised.value)


def test_a_message_names_where_the_url_came_from() -> None:
    check_url("https://host.example/scim", TOKEN)
    with pytest.raises(Refused, match="--tenants-file: Contoso: "):
        check_url("https://host.example/scim", None, "--tenants-file: Contoso")


def test_what_the_target_holds_before_the_run_is_foreign() -> None:
    with fake_target() as fake:
        fake.hold("Users", "u1")
        fake.hold("Groups", "g1")
        with open_targets(fake.url + "/", TOKEN, 0, [], print) as targets:
            assert targets == [Target(fake.url, TOKEN, embedded=False, foreign=frozenset({"u1", "g1"}))]
            assert TOKEN not in repr(targets)
        assert {request.method for request in fake.received} == {"GET"}


def test_each_tenant_is_a_target_with_its_name() -> None:
    with fake_target() as first, fake_target() as second:
        second.hold("Users", "u2")
        ways = [Connection(first.url, "a", "Contoso"), Connection(second.url, "b", "Fabrikam")]
        with open_targets(None, None, 2, ways, print) as targets:
            assert [(one.name, one.foreign) for one in targets] == [
                ("Contoso", frozenset()),
                ("Fabrikam", frozenset({"u2"})),
            ]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, {}), r"rejects the token \(401\)"),
        ((403, {}), r"rejects the token \(403\)"),
        ((500, {}), "cannot be used: .*500"),
        ((200, "text"), "cannot be used: "),
    ],
)
def test_a_target_that_cannot_be_read_ends_the_command_with_3(answer: Answer, words: str) -> None:
    with fake_target(lambda request: answer) as fake:
        opened = open_targets(fake.url, TOKEN, 0, [], print)
        with pytest.raises(Refused, match=words) as raised:
            opened.__enter__()
    assert raised.value.code == 3
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(
    ("endpoints", "answer", "why", "judged"),
    [
        (["/Users"], "well", "/ResourceTypes lists no groups", False),
        (["/Users", "/Groups"], (404, {}), "GET /Groups: returned 404, expected 200", False),
        ([], (501, {}), "GET /Groups: returned 501, expected 200", False),
        (["/Users", "/Groups"], (500, {}), "GET /Groups: returned 500, expected 200", True),
        (["/Users", "/Groups"], "well", "", True),
    ],
)
def test_a_target_without_groups_can_be_loaded(
    endpoints: list[str], answer: Answer | str, why: str, judged: bool
) -> None:
    def rule(request: Received) -> Answer | str:
        if "/ResourceTypes" in request.path:
            return 200, {"Resources": [{"endpoint": endpoint} for endpoint in endpoints]}
        return answer if "/Groups" in request.path else "well"

    said: list[str] = []
    with fake_target(rule) as fake, open_targets(fake.url, TOKEN, 0, [], said.append) as [target]:
        assert (target.without_groups, target.judges_groups) == (why, judged)
    assert [why in line for line in said] == [True] * bool(why)
