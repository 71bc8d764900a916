"""Interoperability profile section 7: TLS for all traffic, and no HTTP Basic authentication."""

from __future__ import annotations

import base64
import ipaddress
import socket
import ssl
import warnings
from urllib.parse import urlsplit

from conformance.check_api import expect
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.client import NoAnswer
from conformance.topics.discovery_documents import config, objects

HANDSHAKE_S = 5.0
TLS_1_3 = ssl.TLSVersion.TLSv1_3
OLD = (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)


@requirement(
    "INTEROP-7.1-01",
    "INTEROP-7.1-02",
    "INTEROP-7.1-03",
    level="lie",
    consequence="Tokens and personal data can be read on the network.",
    fix="Serve only https, with TLS 1.3 (and 1.2, which Entra needs); behind a proxy, return https URLs.",
)
def test_interop_traffic_goes_through_tls(scim: Session) -> None:
    """The server must use https with TLS 1.3 and a valid certificate, and must not accept TLS older than 1.2."""
    meta = scim.new_user().get("meta")
    location = meta.get("location") if isinstance(meta, dict) else None
    for url in (scim.client.base_url, str(location)):
        if url.startswith("http://") and not _is_near(url):
            raise Finding("The server uses a URL without TLS", "https://…", url)
    parts = urlsplit(scim.client.base_url)
    if parts.scheme != "https":
        raise NotOffered("TLS (the server is on this machine or in a private network)")
    problem = handshake(parts.hostname or "", parts.port or 443)
    if problem:
        raise Finding("The TLS 1.3 handshake failed", "TLS 1.3 with a valid certificate", problem)
    for version in OLD:
        if not handshake(parts.hostname or "", parts.port or 443, version):
            raise Finding("The server accepts an insecure version of TLS", "only TLS 1.2 or 1.3", version.name)
    problem = handshake(parts.hostname or "", parts.port or 443, ssl.TLSVersion.TLSv1_2)
    scim.note(f"The server {'rejects TLS 1.2, which Entra ID needs' if problem else 'also accepts TLS 1.2'}")
    _no_data_without_tls(scim, f"http://{parts.hostname}{parts.path}/ServiceProviderConfig")


@requirement("INTEROP-7.2-01", level="cosmetic", consequence="Every request carries a password that never expires.")
def test_interop_basic_authentication_is_not_offered(scim: Session) -> None:
    """The server must not list the scheme httpbasic, and must reject Basic credentials with 401."""
    types = [str(scheme.get("type")).lower() for scheme in objects(config(scim).get("authenticationSchemes"))]
    if "httpbasic" in types:
        raise Finding("The server advertises HTTP Basic", "a token-based scheme", ", ".join(types))
    credentials = base64.b64encode(b"scimulator-check:wrong").decode()
    answer = scim.client.send("GET", scim.users, headers={"Authorization": f"Basic {credentials}"})
    expect.status(answer, 401)


def handshake(host: str, port: int, version: ssl.TLSVersion | None = None) -> str:
    """The error of a TLS handshake, or "" if it succeeds. Without a version: TLS 1.3, and the certificate is verified."""
    context = ssl.create_default_context()
    if version is not None:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_ciphers("ALL:@SECLEVEL=0")  # otherwise this client rejects the old versions itself
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # for the old versions
        context.minimum_version = context.maximum_version = version or TLS_1_3
    try:
        with (
            socket.create_connection((host, port), HANDSHAKE_S) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return ""
    except (OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"[:160]


def _no_data_without_tls(scim: Session, url: str) -> None:
    if _is_near(url):
        return
    try:
        answer = scim.client.get_without_credentials(url)
    except NoAnswer:
        return
    if answer.status == 200 and answer["schemas"]:
        raise Finding("The server returns SCIM data without TLS", "an error or a redirect", f"200 at {url}")


def _is_near(url: str) -> bool:
    """Whether the host is loopback or private; then a proxy may add TLS (docs/notes/rfc-readings.md#a-50)."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or host.endswith(".localhost") or "." not in host
