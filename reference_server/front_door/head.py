"""The head of a request: finds its end and rejects invalid heads before the parser and the application see them."""

from __future__ import annotations

import re

from reference_server.settings import Limits

END = b"\r\n\r\n"
BARE_LF = re.compile(rb"(?<!\r)\n")
BEGIN = re.compile(rb"(?:\r\n){0,2}(?=[A-Z]|\r?\Z)")  # some clients send an empty line first (RFC 9112 section 2.2)
UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)
ABSOLUTE = re.compile(rb"https?://([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
# RFC 3986 sections 3.2.2 and 3.2.3 without user information: a name or an address, optionally followed by a port.
HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+;=%-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{0,5}))?")

Headers = list[tuple[bytes, bytes]]


class Misfit(Exception):
    """The server rejects the request; the message is the `detail` of the response."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def end_of_head(held: bytearray, searched: int, limits: Limits) -> int:
    """The end of the head at the start of `held`, or -1 if it is incomplete; raises Misfit if it cannot become valid.

    The first `searched` bytes are known not to contain the end.
    """
    begin = BEGIN.match(held)
    if begin is None:
        raise Misfit(400, "the request does not begin with an HTTP/1.1 method")
    end = held.find(END, max(begin.end(), searched - 3))
    if end >= 0:
        return end + len(END)
    if BARE_LF.search(held, max(0, searched - 1)):
        raise Misfit(400, "a line of the request ends with LF instead of CRLF")
    size = len(held)
    if size > limits.max_url_bytes and held.find(b"\r\n", begin.end(), begin.end() + limits.max_url_bytes) < 0:
        raise Misfit(414, f"the request line is longer than {limits.max_url_bytes} bytes")
    if size > limits.max_head_bytes:
        raise Misfit(431, f"the headers are larger than {limits.max_head_bytes} bytes")
    return -1


def checked(head: bytes, limits: Limits) -> bytes:
    """The head for the parser, without `Upgrade`, because the parser stops reading HTTP there. Raises Misfit.

    A server may ignore the header (RFC 9110 section 7.8), and this one supports only HTTP/1.1.
    """
    line = head.find(b"\r\n")
    if line > limits.max_url_bytes:
        raise Misfit(414, f"the request line is longer than {limits.max_url_bytes} bytes")
    if len(head) > limits.max_head_bytes:
        raise Misfit(431, f"the headers are larger than {limits.max_head_bytes} bytes")
    if not head.startswith(b" HTTP/1.", line - 9):
        raise Misfit(400, "expected a request line that ends with HTTP/1.1")
    return UPGRADE.sub(b"", head) if b"upgrade:" in head.lower() else head


def checked_target(url: bytes, headers: Headers, version: str, limits: Limits) -> bytes:
    """The target without scheme and host; raises Misfit for a Host header that RFC 9112 section 3.2 requires to reject."""
    if len(headers) > limits.max_headers:
        raise Misfit(431, f"the request has more than {limits.max_headers} headers")
    url = _origin_form(url, headers)
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1:
        raise Misfit(400, "the request has more than one Host header")
    if hosts:
        match = HOST.fullmatch(hosts[0])
        if match is None or int(match[1] or 0) > 65_535:
            raise Misfit(400, "the Host header is not a valid host with an optional port")
    elif version != "1.0":
        raise Misfit(400, "the request has no Host header")
    return url


def check_coding(coding: bytes, version: str) -> None:
    """Raise Misfit for a Transfer-Encoding other than `chunked` in HTTP/1.1."""
    if version == "1.0":
        raise Misfit(400, "Transfer-Encoding is not allowed in HTTP/1.0")
    if coding.lower() != b"chunked":
        raise Misfit(400, "the server supports only Transfer-Encoding: chunked")


def _origin_form(url: bytes, headers: Headers) -> bytes:
    """The path of a target like `http://host/path`, whose host replaces the Host header (RFC 9112 section 3.2.2)."""
    absolute = ABSOLUTE.fullmatch(url)
    if absolute is None:
        return url
    authority, path = absolute.groups()
    headers[:] = [*((name, value) for name, value in headers if name != b"host"), (b"host", authority)]
    return path if path.startswith(b"/") else b"/" + path
