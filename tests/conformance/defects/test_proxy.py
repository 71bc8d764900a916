"""The proxy: defects live under their own base URLs, which replies show in place of the server's."""

from __future__ import annotations

import socket
import struct
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from conformance.defects.proxy import defect_proxy
from conformance.defects.wire import Reply, Request, Server
from tests.fake_target import FakeTarget, fake_target, http

HTTP = urllib3.PoolManager(retries=False, timeout=60)


def through(request: Request, server: Server) -> Reply:
    return server(request)


def broken(request: Request, server: Server) -> Reply:
    raise KeyError("members")


def test_each_defect_has_a_base_url_and_an_unknown_name_is_404() -> None:
    with fake_target() as target, defect_proxy(target.url) as proxy:
        first, second = proxy.add("first", through), proxy.add("second", lambda *_: Reply.error(501))
        assert first.endswith("/first/scim")
        assert [HTTP.request("GET", f"{url}/Users").status for url in (first, second)] == [200, 501]
        unknown = HTTP.request("GET", first.replace("/first/", "/third/") + "/Users")
        assert (unknown.status, unknown.json()["detail"]) == (404, "there is no defect named third")


def test_the_base_urls_are_exchanged_in_both_directions() -> None:
    held: list[Any] = []

    def answer(received: Any) -> Any:
        held.append(received.json)
        location = received.json["meta"]["location"]
        return http(201, {"id": "1", "meta": {"location": location}}, location=location)

    with fake_target(answer) as target, defect_proxy(target.url) as proxy:
        base = proxy.add("first", through)
        shown = HTTP.request("POST", f"{base}/Users", json={"meta": {"location": f"{base}/Users/1"}})
        assert held == [{"meta": {"location": f"{target.url}/Users/1"}}]
        assert shown.headers["location"] == shown.json()["meta"]["location"] == f"{base}/Users/1"


def test_an_exception_of_a_defect_is_a_500_and_is_kept() -> None:
    with fake_target() as target, defect_proxy(target.url) as proxy:
        reply = HTTP.request("GET", f"{proxy.add('broken', broken)}/Users")
        assert reply.status == 500
        assert proxy.errors == ["broken: KeyError: 'members' at GET /Users"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_method_query_body_and_headers_reach_the_server_unchanged(method: str) -> None:
    def echo(received: Any) -> Any:
        return 200, [received.method, received.path, received.body.decode()]

    with fake_target(echo) as target, defect_proxy(target.url) as proxy:
        base = proxy.add("first", through)
        reply = HTTP.request(method, f"{base}/Users?filter=a%20b", body=b"{}", headers={"If-Match": "W/1"})
        assert reply.json() == [method, "/scim/Users?filter=a%20b", "{}"]
        assert [header for header in headers_of(target) if header.lower() == "if-match: w/1"]


def headers_of(target: FakeTarget) -> tuple[str, ...]:
    return target.received[-1].headers


def test_a_proxy_that_is_closed_answers_no_more() -> None:
    with fake_target() as target:
        with defect_proxy(target.url) as proxy:
            base = proxy.add("first", through)
            assert HTTP.request("GET", f"{base}/Users").status == 200
        with pytest.raises(urllib3.exceptions.HTTPError):
            HTTP.request("GET", f"{base}/Users")


def test_a_body_in_chunks_reaches_the_server_whole() -> None:
    with fake_target(lambda received: (200, [received.body.decode()])) as target, defect_proxy(target.url) as proxy:
        base = proxy.add("first", through)
        reply = HTTP.request("POST", f"{base}/Users", body=iter([b'{"a":', b" 1}"]))
        assert reply.json() == ['{"a": 1}']


@pytest.mark.parametrize("length", ["x", "-1", "99999999999"])
def test_a_body_whose_length_cannot_be_read_is_400(length: str) -> None:
    with fake_target() as target, defect_proxy(target.url) as proxy:
        url = urlsplit(proxy.add("first", through))
        with socket.create_connection((url.hostname or "", url.port or 0), 60) as line:
            line.sendall(f"POST {url.path}/Users HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
            assert line.recv(64).startswith(b"HTTP/1.1 400 ")


def test_a_reply_without_a_status_closes_the_connection() -> None:
    with fake_target() as target, defect_proxy(target.url) as proxy:
        base = proxy.add("first", lambda *_: Reply(0))
        with pytest.raises(urllib3.exceptions.ProtocolError):
            HTTP.request("GET", f"{base}/Users")


def test_a_defect_can_stand_before_another_base_url() -> None:
    with (
        fake_target(lambda received: (200, [received.path])) as target,
        defect_proxy("http://127.0.0.1:9/other") as proxy,
    ):
        base = proxy.add("first", through, target.url)
        assert HTTP.request("GET", f"{base}/Users").json() == ["/scim/Users"]


def test_a_target_with_raw_spaces_is_seen_as_it_was_sent() -> None:
    seen: list[str] = []

    def between(request: Request, server: Server) -> Reply:
        seen.append(request.query)
        return server(request)

    with fake_target() as target, defect_proxy(target.url) as proxy:
        url = urlsplit(proxy.add("first", between))
        with socket.create_connection((url.hostname or "", url.port or 0), 60) as line:
            line.sendall(f'GET {url.path}/Users?filter=a eq "b" HTTP/1.1\r\nHost: x\r\n\r\n'.encode())
            assert line.recv(64).startswith(b"HTTP/1.1 200 ")
    assert seen == ['filter=a eq "b"']


def test_a_client_that_hangs_up_leaves_no_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    with fake_target() as target, defect_proxy(target.url) as proxy:
        url = urlsplit(proxy.add("first", through))
        line = socket.create_connection((url.hostname or "", url.port or 0), 60)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.sendall(f"POST {url.path}/Users HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf".encode())
        line.close()  # a reset, not an orderly end
        assert HTTP.request("GET", f"{url.geturl()}/Users").status == 200
    assert "Traceback" not in capfd.readouterr().err
