"""Where the situations are served: the address to listen on, and the origin that clients use."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

EVERY_ADDRESS = ("0.0.0.0", "::", "")


@dataclass(frozen=True)
class Place:
    """An address and a port (0: a free one). `public_url` is the origin that clients use if they come through a proxy."""

    host: str = "127.0.0.1"
    port: int = 0
    public_url: str = ""

    @property
    def is_loopback(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def name(self) -> str:
        """The host in a URL: that of the public URL, or the machine's name if the server listens on all addresses."""
        name = urlsplit(self.public_url).hostname or (socket.gethostname() if self.host in EVERY_ADDRESS else self.host)
        return f"[{name}]" if ":" in name else name

    def origin(self, port: int) -> str:
        """The origin of the URLs that clients see; `port` is the one that was bound."""
        return self.public_url or f"http://{self.name}:{port}"


LOOPBACK = Place()
