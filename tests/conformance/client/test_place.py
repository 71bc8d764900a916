"""Situations can be served beyond loopback, under the origin that clients use."""

from __future__ import annotations

import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3

from conformance.client.front import Stage
from conformance.client.place import Place
from conformance.client.run import ClientRun, ClientSettings
from reference_server.embedded import embedded_server
from simulator.stream.run_stream import RunStream


@pytest.mark.parametrize(
    ("place", "origin", "is_loopback"),
    [
        (Place(), "http://127.0.0.1:81", True),
        (Place("::1"), "http://[::1]:81", True),
        (Place("localhost"), "http://localhost:81", True),
        (Place("0.0.0.0"), f"http://{socket.gethostname()}:81", False),
        (Place("192.0.2.7"), "http://192.0.2.7:81", False),
        (Place("0.0.0.0", 80, "https://scim.example"), "https://scim.example", False),
    ],
)
def test_an_origin_names_the_host_that_clients_reach(place: Place, origin: str, is_loopback: bool) -> None:
    assert (place.origin(81), place.is_loopback) == (origin, is_loopback)


def test_a_client_may_use_any_name_of_the_machine() -> None:
    """The URLs name another host than the client uses; its requests count, and it is not blamed for the missing TLS."""

    def drive(stage: Stage, token: str) -> int:
        parts = urlsplit(stage.base_url)
        assert parts.hostname == "scim.example"
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/scim+json"}
        for host in (f"127.0.0.1:{port[0]}", "machine.example"):
            url = f"http://127.0.0.1:{port[0]}{parts.path}/Users?count=0"
            assert urllib3.request("GET", url, headers={**headers, "Host": host}).status == 200
        return 0

    port: list[int] = []
    events: list[Any] = []
    settings = ClientSettings("", situations=("steady",), place=Place("0.0.0.0", 0, "http://scim.example"))
    with embedded_server() as server, RunStream(None, (events.append,)) as stream:
        run = ClientRun(settings, stream)

        def announce(front: Any) -> Any:
            port.append(front.port)
            return lambda: drive(front.stages["steady"], front.token)

        run.serve(server, drive, announce=announce)
    found = {event["name"]: event["verdict"] for event in events if event["event"] == "check"}
    assert (found["steady"], found["known_endpoints"], found["https"]) == ("PASS", "PASS", "NOT EXERCISED")


def test_ctrl_c_before_the_wait_begins_ends_it_as_well() -> None:
    """The client can be done within the millisecond between the announcement and the wait."""
    events: list[Any] = []
    with embedded_server() as server, RunStream(None, (events.append,)) as stream:

        def announce(front: Any) -> Any:
            url = f"{front.stages['steady'].base_url}/Users?count=0"
            headers = {"Authorization": f"Bearer {front.token}", "Accept": "application/scim+json"}
            assert urllib3.request("GET", url, headers=headers).status == 200
            raise KeyboardInterrupt

        ClientRun(ClientSettings("", situations=("steady",)), stream).serve(server, lambda *_: 0, announce=announce)
    found = {event["name"]: event["verdict"] for event in events if event["event"] == "check"}
    assert found["steady"] == "PASS"
