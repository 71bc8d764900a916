"""A response that is not HTTP is told with what the server sent and with the section of RFC 9112, without values of headers."""

from __future__ import annotations

import pytest

from simulator.wire.connections import Connections
from simulator.wire.not_http import NOT_HTTP, NotHttp, is_not_http
from tests.fake_target import fake_target

HEAD = b"HTTP/1.1 200 OK\r\n"
TWICE = "several Content-Length headers (RFC 9112 section 6.3)"
NAME = "a header whose name is not followed by a colon or has invalid characters (RFC 9112 section 5.1)"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            HEAD + b"Content-Length: 2\r\nX-A: b\r\nContent-Length: 2\r\n\r\nhi",
            f"{TWICE}: 'Content-Length: 2', 'Content-Length: 2'",
        ),
        (HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\nhi", TWICE),
        (HEAD + b"content-length: two\r\n\r\nhi", "a Content-Length that is not a number (RFC 9112 section 6.3)"),
        (HEAD + b"X-A: b\r\nX-Own : hidden\r\ncontent-length: 2\r\n\r\nhi", f"{NAME}: 'X-Own :'"),
        (HEAD + b"nonsense\r\ncontent-length: 2\r\n\r\nhi", f"{NAME}: 'nonsense'"),
        (HEAD + b": hidden\r\ncontent-length: 2\r\n\r\nhi", NAME),
        (HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n", "a chunk without a valid size (RFC 9112 section 7.1)"),
        (b"<html>hidden</html>\r\n\r\n", "no status line (RFC 9112 section 4)"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "Invalid status code"),
    ],
)
def test_the_message_says_what_the_server_sent(answer: bytes, told: str) -> None:
    with fake_target(lambda request: answer) as target, pytest.raises(NotHttp) as raised:
        Connections(30.0).request("GET", target.url, {})
    assert str(raised.value).startswith(f"{NOT_HTTP}: {told}")
    assert "hidden" not in str(raised.value)
    assert is_not_http(str(raised.value))


def test_a_connection_that_breaks_off_is_another_failure() -> None:
    assert not is_not_http("ConnectionError: the connection closed before the response was complete")
    assert not is_not_http(None)
