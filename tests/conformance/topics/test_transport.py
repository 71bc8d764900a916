"""What a URL, a handshake and a cookie say of the way to a target."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conformance.topics.transport import is_local, is_secure_cookie, speaks_tls_1_2


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8080/scim/v2", True),
        ("http://[::1]/v2", True),
        ("http://10.1.2.3/v2", True),
        ("http://192.168.0.9/v2", True),
        ("http://localhost:8000", True),
        ("http://scim:8080/v2", True),
        ("http://scim.corp.internal/v2", True),
        ("http://scim.example.com/v2", False),
        ("http://93.184.216.34/v2", False),
    ],
)
def test_addresses_that_no_one_outside_reaches_are_local(url: str, local: bool) -> None:
    assert is_local(url) is local


@pytest.mark.parametrize(
    ("header", "secure"),
    [("session=1; Path=/; Secure; HttpOnly", True), ("session=1; path=/;secure", True), ("secure=1; Path=/", False)],
)
def test_cookie_is_secure_by_its_attribute_not_by_its_name(header: str, secure: bool) -> None:
    assert is_secure_cookie(header) is secure


@pytest.mark.parametrize(("lowest", "spoken"), [(ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, False)])
def test_tls_1_2_is_found_out_by_a_handshake(tmp_path: Path, lowest: ssl.TLSVersion, spoken: bool) -> None:
    with _listening(tmp_path, lowest) as port:
        assert speaks_tls_1_2(f"https://127.0.0.1:{port}/v2") is spoken


def test_an_unreachable_server_says_nothing_about_tls() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        assert speaks_tls_1_2(f"https://127.0.0.1:{taken.getsockname()[1]}/") is None


@contextmanager
def _listening(folder: Path, lowest: ssl.TLSVersion) -> Iterator[int]:
    """A TLS listener that takes one handshake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = lowest
    context.load_cert_chain(_certificate(folder))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_shake_hands, args=(listener, context))
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def _shake_hands(listener: socket.socket, context: ssl.SSLContext) -> None:
    line, _ = listener.accept()
    with line:
        try:
            context.wrap_socket(line, server_side=True).close()
        except OSError:
            return  # what a client of another version gets


def _certificate(folder: Path) -> Path:
    """A self-signed certificate and its key in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl here to make a certificate with")
    file = folder / "server.pem"
    command = [openssl, "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1"]
    subprocess.run([*command, "-keyout", file, "-out", folder / "own.pem"], check=True, capture_output=True)
    file.write_bytes(file.read_bytes() + (folder / "own.pem").read_bytes())
    return file
