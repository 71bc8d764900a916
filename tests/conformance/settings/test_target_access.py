"""Access to the target: headers on every request, and a token from OAuth that is renewed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from conformance.defects.wire import Reply, Request, Server
from reference_server.embedded import EmbeddedServer
from tests.conformance.real_runs import Between, run


def test_headers_go_with_every_request(
    through: Callable[[Between], str], own_server: EmbeddedServer, tmp_path: Path
) -> None:
    seen: list[str] = []

    def record(request: Request, server: Server) -> Reply:
        seen.append(request.headers.get("x-tenant", ""))
        return server(request)

    code, _, _ = run(through(record), own_server.token, tmp_path, "--header", "X-Tenant: north", "-k", "test_3_6")
    assert (code, set(seen)) == (0, {"north"})


class TokenEndpoint:
    """OAuth's token endpoint on a real socket: gives the server's token to who knows the secret; short-lived ones first."""

    def __init__(self, tokens: list[str]) -> None:
        endpoint = self
        self.asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                endpoint.asked.append(self.headers.get("authorization", ""))
                token = tokens.pop(0) if len(tokens) > 1 else tokens[0]
                body = json.dumps({"access_token": token, "token_type": "Bearer", "expires_in": 3600}).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/token"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def test_token_comes_from_oauth_and_is_renewed(
    own_server: EmbeddedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--oauth-url, --oauth-client, and the secret in the environment; a rejected token is renewed."""
    monkeypatch.setenv("SCIM_CLIENT_SECRET", "a-secret-of-the-client")
    endpoint = TokenEndpoint(["outdated-token", own_server.token])
    options = ("--oauth-url", endpoint.url, "--oauth-client", "checker", "-k", "test_3_6")
    code, _, shown = run(own_server.base_url, "", tmp_path, *options)
    endpoint.server.shutdown()
    endpoint.server.server_close()
    assert code == 0, shown
    assert len(endpoint.asked) == 2
    everything = shown + (tmp_path / "run.jsonl").read_text()
    assert own_server.token not in everything
    assert "a-secret-of-the-client" not in everything
