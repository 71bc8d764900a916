"""The head of a request: where it ends, and what in it is rejected before the parser or the application sees it."""

from __future__ import annotations

import re

from reference_server.settings import Limits

END = b"\r\n\r\n"
BARE_LF = re.compile(rb"(?<!\r)\n")
BEGIN = re.compile(rb"(?:\r\n){0,2}(?=[A-Z]|\r?\Z)")  # some clients send an empty line first (RFC 9112 2.2)
UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)
ABSOLUTE = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
# RFC 3986 3.2.2 and 3.2.3 without user information: a name, an IPv4 address, or an address in brackets; then a port.
HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{0,5}))?")

Headers = list[tuple[bytes, bytes]]


class Misfit(Exception):
    """A request that this server rejects; the message is the `detail` of the response."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def end_of_head(held: bytearray, searched: int, limits: Limits) -> int:
    """Where the head ends that `held` begins with, -1 while it does not; raises Misfit for one that never can.

    The first `searched` bytes are known to hold no end.
    """
    begin = BEGIN.match(held)
    if begin is None:
        raise Misfit(400, "the request does not begin with a method of HTTP/1.1")
    end = held.find(END, max(begin.end(), searched - 3))
    if end >= 0:
        return end + len(END)
    if BARE_LF.search(held, max(0, searched - 1)):
        raise Misfit(400, "a line of the request ends with LF instead of CRLF")
    size = len(held)
    if size > limits.max_url_bytes and held.find(b"\r\n", begin.end(), begin.end() + limits.max_url_bytes) < 0:
        raise Misfit(414, f"the request line has more than {limits.max_url_bytes} bytes")
    if size > limits.max_head_bytes:
        raise Misfit(431, f"the headers have more than {limits.max_head_bytes} bytes")
    return -1


def checked(head: bytes, limits: Limits) -> bytes:
    """The head as the parser may see it: without `Upgrade`, at which it would stop reading HTTP. Raises Misfit.

    A server may ignore the header (RFC 9110 7.8), and this one speaks nothing but HTTP/1.1.
    """
    line = head.find(b"\r\n")
    if line > limits.max_url_bytes:
        raise Misfit(414, f"the request line has more than {limits.max_url_bytes} bytes")
    if len(head) > limits.max_head_bytes:
        raise Misfit(431, f"the headers have more than {limits.max_head_bytes} bytes")
    if not head.startswith(b" HTTP/1.", line - 9):
        raise Misfit(400, "expected a request line that ends with HTTP/1.1")
    return UPGRADE.sub(b"", head) if b"upgrade:" in head.lower() else head


def checked_target(url: bytes, headers: Headers, version: str, limits: Limits) -> bytes:
    """The target without scheme and host; raises Misfit for a Host that RFC 9112 3.2 says is answered with 400."""
    if len(headers) > limits.max_headers:
        raise Misfit(431, f"the request has more than {limits.max_headers} headers")
    url = _origin_form(url, headers)
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1:
        raise Misfit(400, "the request has more than one Host header")
    if hosts:
        match = HOST.fullmatch(hosts[0])
        if match is None or int(match[1] or 0) > 65_535:
            raise Misfit(400, "the Host header is not a host with an optional port")
    elif version != "1.0":
        raise Misfit(400, "the request has no Host header")
    return url


def check_coding(coding: bytes, version: str) -> None:
    """Raise Misfit for a Transfer-Encoding other than that of HTTP/1.1's chunks."""
    if version == "1.0":
        raise Misfit(400, "a request of HTTP/1.0 has no Transfer-Encoding")
    if coding.lower() != b"chunked":
        raise Misfit(400, "the only Transfer-Encoding of this server is chunked")


def _origin_form(url: bytes, headers: Headers) -> bytes:
    """The path of a target like `http://host/path`, whose host replaces the one of the header (RFC 9112 3.2.2)."""
    absolute = ABSOLUTE.fullmatch(url)
    if absolute is None:
        return url
    authority, path = absolute.groups()
    headers[:] = [*((name, value) for name, value in headers if name != b"host"), (b"host", authority)]
    return path if path.startswith(b"/") else b"/" + path
