"""OAuth: client credentials and the client assertion against a real token endpoint (RFC 6749 4.4, RFC 7523; docs/notes/entra.md 1.3)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulator.entra import requests
from simulator.wire.client import ScimClient
from simulator.wire.credentials import ASSERTION_TYPE, CredentialsError, load_credentials
from simulator.wire.exchange import Exchange
from tests.fake_target import FakeTarget, Received, fake_target

SECRET = "s3cret/with+signs"


class Issuer:
    """The target and its token endpoint: tokens are numbered, and `accepted` says which one still is."""

    def __init__(self, target: FakeTarget, expires_in: Any = 3600) -> None:
        self.target = target
        self.issued = 0
        self.accepted: Callable[[str], bool] = lambda token: True
        self.expires_in = expires_in
        self.forms: list[dict[str, list[str]]] = []
        self.heads: list[tuple[str, ...]] = []
        target.rule = self.rule

    def rule(self, request: Received) -> Any:
        if request.path.endswith("/token"):
            self.issued += 1
            self.forms.append(parse_qs(request.body.decode()))
            self.heads.append(request.headers)
            answer = {"access_token": f"access-token-{self.issued}", "token_type": "Bearer"}
            return 200, {**answer, "expires_in": self.expires_in}
        token = next(h.split("Bearer ")[1] for h in request.headers if h.startswith("Authorization:"))
        return "well" if self.accepted(token) else (401, {"detail": "expired"})


def write(folder: Path, target: FakeTarget, **settings: Any) -> Path:
    path = folder / "client.yaml"
    lines = {"token_endpoint": f"{target.url}/token", "client_id": "the-client", **settings}
    path.write_text("".join(f"{key}: {value}\n" for key, value in lines.items()))
    return path


def ask(target: FakeTarget, file: Path, times: int = 1) -> list[Exchange]:
    async def several() -> list[Exchange]:
        async with ScimClient(target.url, load_credentials(file)) as client:
            return [await client.send(requests.probe_user("x")) for _ in range(times)]

    return asyncio.run(several())


@pytest.mark.parametrize("location", ["header", "body"])
def test_client_credentials(location: str, tmp_path: Path) -> None:
    with fake_target() as target:
        issuer = Issuer(target)
        found = ask(target, write(tmp_path, target, client_secret=SECRET, location=location, scope="scim"), 5)
    assert [exchange.status for exchange in found] == [200] * 5
    assert issuer.issued == 1
    form = issuer.forms[0]
    assert (form["grant_type"], form["scope"]) == (["client_credentials"], ["scim"])
    basic = base64.b64encode(b"the-client:s3cret%2Fwith%2Bsigns").decode()
    assert (f"Authorization: Basic {basic}" in issuer.heads[0]) is (location == "header")
    assert ("client_secret" in form) is (location == "body")
    assert not any(header.lower().startswith("user-agent") for header in issuer.heads[0])


def test_client_assertion_has_the_shape_of_entras_tokens(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    with fake_target() as target:
        issuer = Issuer(target)
        file = write(tmp_path, target, client_key="key.pem", tenant_id="tid", subject="sub", key_id="k1")
        assert ask(target, file)[0].status == 200
    form = issuer.forms[0]
    assert form["client_assertion_type"] == [ASSERTION_TYPE]
    assertion = form["client_assertion"][0]
    claims = jwt.decode(assertion, key.public_key(), algorithms=["RS256"], audience="api://the-client")
    assert claims["iss"] == "https://login.microsoftonline.com/tid/v2.0"
    assert (claims["sub"], claims["oid"], claims["tid"], claims["azp"]) == ("sub", "sub", "tid", "the-client")
    assert 3600 <= claims["exp"] - claims["iat"] <= 4200
    assert jwt.get_unverified_header(assertion)["kid"] == "k1"


def test_refused_token_is_renewed_once(tmp_path: Path) -> None:
    with fake_target() as target:
        issuer = Issuer(target)
        issuer.accepted = lambda token: token != "access-token-1"
        found = ask(target, write(tmp_path, target, client_secret=SECRET), 2)
        assert [exchange.status for exchange in found] == [200, 200]
        assert issuer.issued == 2
        issuer.accepted = lambda token: False
        assert ask(target, write(tmp_path, target, client_secret=SECRET))[0].status == 401
        assert issuer.issued == 4


def test_token_is_renewed_before_it_runs_out(tmp_path: Path) -> None:
    with fake_target() as target:
        issuer = Issuer(target, expires_in=0)
        ask(target, write(tmp_path, target, client_secret=SECRET), 3)
        assert issuer.issued == 3


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((201, {"access_token": "x", "token_type": "Bearer"}), "returned 201, expected 200"),  # PRAN W0.2
        ((401, {"error": "invalid_client"}), "returned 401, expected 200 (invalid_client)"),
        ((200, {"token_type": "Bearer"}), "no access_token"),
        ((200, {"access_token": "x", "token_type": "mac"}), "no access_token"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n<h>", "is not JSON"),
        (None, "cannot be reached"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0\r\n\r\n", "returned 302"),
    ],
)
def test_token_endpoint_that_does_not_do_its_part(answer: Any, words: str, tmp_path: Path) -> None:
    with fake_target(lambda request: answer) as target:
        exchange = ask(target, write(tmp_path, target, client_secret=SECRET))[0]
    assert exchange.status is None
    assert words in (exchange.failure or "")
    assert SECRET not in str(exchange.to_event())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a", "expected YAML with token_endpoint"),
        ("client_id: x\nclient_secret: y\n", "token_endpoint: field required"),
        ("token_endpoint: ftp://x\nclient_id: x\nclient_secret: TOPSECRET\n", "expected an http or https URL"),
        ("token_endpoint: https://x\nclient_id: x\n", "expected either client_secret or client_key"),
        ("token_endpoint: https://x\nclient_id: x\nclient_secret: TOPSECRET\nextra: 1\n", "extra: "),
        ("token_endpoint: https://x\nclient_id: x\nclient_key: missing.pem\n", "missing.pem"),
    ],
)
def test_credentials_file_that_cannot_be_used(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "client.yaml"
    path.write_text(text)
    with pytest.raises(CredentialsError) as refused:
        load_credentials(path)
    assert words in str(refused.value)
    assert "TOPSECRET" not in str(refused.value)
