"""The interoperability and IPSIE profiles on a server that keeps them: silent there, and biting on each of its defects."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from conformance.check_api.session import Plan
from conformance.checks.interop.test_7_security import handshake
from conformance.defects.catalogue import Defect, defects
from conformance.defects.mutations import Mutation
from conformance.defects.patch_operations import paths
from conformance.defects.proxy import DefectProxy, defect_proxy
from conformance.defects.wire import Reply, Request, Server
from conformance.requirements.verdict import Verdict
from conformance.run.collect import Check, collect
from conformance.run.judge import carry_out, check_event
from conformance.target.client import Client
from conformance.target.discovery import Target, discover
from reference_server.embedded import embedded_server
from simulator.stream.events import CheckResultEvent

PROFILES = ("interop", "ipsie-al2")
USER_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"
FLAG = {"name": "interopProfileConformant", "type": "boolean", "multiValued": False, "mutability": "readOnly"}
MINE = [defect for defect in defects().values() if defect.topic.partition("_")[0] in ("interop", "ipsie")]

pytestmark = pytest.mark.slow


# ── a server that keeps the profiles: the strict reference server, and what the profiles want otherwise ──


def conformant(request: Request, server: Server) -> Reply:
    """What the reference server answers, where the profile and the RFC part as the profile has it."""
    if request.path == "/ServiceProviderConfig" or request.path.startswith("/Schemas"):
        return _published(request, server(request))
    if request.is_("POST", "/Groups") and _is_taken(request, server):
        return Reply.error(409, "uniqueness")
    if not request.operations:
        return server(request)
    if any("path" not in operation for operation in request.operations):
        return Reply.error(400, "invalidSyntax", "an operation needs a path")
    reply = server(request.with_operations([new for old in request.operations for new in _whole(old)]))
    unknown = reply.status == 400 and reply.json["scimType"] == "invalidPath" and "[" not in "".join(paths(request))
    return Reply.error(400, "invalidSyntax", reply.json["detail"]) if unknown else reply


def _published(request: Request, reply: Reply) -> Reply:
    if request.path == "/ServiceProviderConfig":
        return reply.with_json({**reply.json, FLAG["name"]: True}) if reply.ok else reply
    return reply.each_resource(_schema)


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    """Without password, with the flag, and with kinds where the RFC prints none."""
    attributes = [attribute for attribute in schema["attributes"] if attribute["name"] != "password"]
    if schema["id"] == CONFIG_URN:
        attributes.append(FLAG)
    for attribute in attributes if schema["id"] == USER_URN else ():
        for part in attribute.get("subAttributes", ()):
            if part["name"] == "type":
                part.setdefault("canonicalValues", ["work", "home", "other"])
    return {**schema, "attributes": attributes}


def _whole(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """replace on a singular complex attribute: first all of it goes."""
    path = str(operation.get("path"))
    whole = operation.get("op") == "replace" and (path == "name" or path.endswith(":manager"))
    return [{"op": "remove", "path": path}, operation] if whole else [operation]


def _is_taken(request: Request, server: Server) -> bool:
    text = quote(f'displayName eq "{(request.json or {}).get("displayName")}"')
    asked = Request("GET", "/Groups", f"filter={text}", {**request.headers})
    return bool((server(asked).json or {}).get("Resources"))


# ── the proof ──


@dataclass(frozen=True, slots=True)
class Bench:
    """A conformant server, and its checks."""

    proxy: DefectProxy
    token: str
    checks: list[Check]

    def through(self, name: str, between: Mutation) -> tuple[Client, Target]:
        """A client of the server as it looks through a defect on top of the layer."""
        layers: list[Server] = []

        def composed(request: Request, server: Server) -> Reply:
            if not layers:
                layers.append(Server(lambda asked: conformant(asked, server)))
            return between(request, layers[0])

        client = Client(self.proxy.add(name, composed), self.token, timeout_s=20)
        return client, discover(client)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with embedded_server(arguments=["--strict"]) as server, defect_proxy(server.base_url) as proxy:
        client = Client(proxy.add("clean", conformant), server.token)
        yield Bench(proxy, server.token, collect(PROFILES, target=discover(client)))


def judged(check: Check, client: Client, target: Target, run: str) -> CheckResultEvent:
    """`run` is in the names of what the check makes: a server that deletes nothing keeps them."""
    return check_event(check, carry_out(check, client, target, Plan(run)))


def test_conformant_server_raises_no_alarm(bench: Bench) -> None:
    client, target = bench.through("clean-again", lambda request, server: server(request))
    events = [judged(check, client, target, "clean") for check in bench.checks]
    alarms = (Verdict.FAIL, Verdict.WARN, Verdict.UNDECIDED)
    told = [
        (event["id"], item["message"])
        for event in events
        for item in (event, *event["remarks"])
        if item["verdict"] in alarms
    ]
    assert told == []
    assert bench.proxy.errors == []
    assert len(events) >= 200
    silent = {event["function"] for event in events if event["verdict"] == Verdict.NOT_OFFERED.value}
    assert silent <= {
        "test_interop_pages_have_a_hundred",  # needs a hundred users
        "test_interop_traffic_goes_through_tls",  # loopback
    }


@pytest.mark.parametrize("defect", MINE, ids=lambda defect: defect.name)
def test_defect_is_found_by_the_checks_it_names(bench: Bench, defect: Defect) -> None:
    client, target = bench.through(defect.name, defect.between)
    bench.proxy.errors.clear()
    for function in defect.killed_by:
        cases = [check for check in bench.checks if check.function == function]
        verdicts = [
            item["verdict"]
            for check in cases
            for event in [judged(check, client, target, defect.name)]
            for item in (event, *event["remarks"])
        ]
        assert {defect.verdict, Verdict.FAIL} & set(verdicts), (function, verdicts)
    assert bench.proxy.errors == []


def test_what_needs_a_configuration_is_never_passed(bench: Bench) -> None:
    rows = {id_ for check in bench.checks for id_ in check.facts.ids}
    needs = {"IPSIE-ALL-4.1-02", "IPSIE-ALL-4.3-01", "IPSIE-AL1-5.1-05", "IPSIE-ALL-8-03", "IPSIE-AL1-10-05"}
    assert not rows & needs
    client, target = bench.through("few", lambda request, server: server(request))
    for check in bench.checks:
        if "INTEROP-6.4-03" in check.facts.ids:
            assert judged(check, client, target, "few")["verdict"] == Verdict.NOT_OFFERED.value


# ── TLS, which a server on loopback cannot show ──


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for localhost and its key in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("tls")
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    subprocess.run(command, capture_output=True, check=True, timeout=600)
    (folder / "both").write_text((folder / "key").read_text() + (folder / "cert").read_text())
    return folder / "both"


@pytest.fixture
def tls_port(certificate: Path, request: pytest.FixtureRequest) -> Iterator[int]:
    """A listener that shakes hands in one version of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.minimum_version = context.maximum_version = request.param
    listener = socket.create_server(("127.0.0.1", 0))

    def shake() -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                context.wrap_socket(plain, server_side=True).close()
            except OSError:
                plain.close()

    thread = threading.Thread(target=shake)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.mark.parametrize("tls_port", [ssl.TLSVersion.TLSv1_3], indirect=True, ids=["1.3"])
def test_tls_1_3_is_seen_where_the_certificate_is_trusted(
    tls_port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "CERTIFICATE_VERIFY_FAILED" in handshake("localhost", tls_port)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert handshake("localhost", tls_port) == ""
    assert handshake("localhost", tls_port, ssl.TLSVersion.TLSv1_2) != ""


@pytest.mark.parametrize("tls_port", [ssl.TLSVersion.TLSv1_2], indirect=True, ids=["1.2"])
def test_server_without_tls_1_3_is_seen(tls_port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert handshake("localhost", tls_port) != ""
    assert handshake("localhost", tls_port, ssl.TLSVersion.TLSv1_2) == ""
    assert handshake("localhost", tls_port, ssl.TLSVersion.TLSv1_1) != ""
