"""A secret in the forms in which servers repeat it."""

from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus


def encodings(secret: str) -> dict[str, str]:
    """The secret as it occurs in URLs, JSON, HTML, and headers."""
    data = secret.encode()
    return {
        "plain": secret,
        "path": quote(secret),
        "percent": quote(secret, safe=""),
        "percent in lower case": re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
        "form": quote_plus(secret),
        "percent twice": quote(quote(secret, safe=""), safe=""),
        "percent everywhere": "".join(f"%{byte:02x}" for byte in data),
        "JSON": json.dumps(secret)[1:-1],
        "JSON with other scripts": json.dumps(secret, ensure_ascii=False)[1:-1],
        "JSON in JSON": json.dumps(json.dumps(secret)[1:-1])[1:-1],
        "JSON everywhere": "".join(f"\\u{ord(character):04x}" for character in secret),
        "HTML": html.escape(secret),
        "HTML twice": html.escape(html.escape(secret)),
        "HTML everywhere": "".join(f"&#{ord(character)};" for character in secret),
        "HTML of JSON": html.escape(json.dumps(secret)[1:-1]),
        **{f"base64 after {n} bytes": base64.b64encode(b"user:"[:n] + data + b"?").decode() for n in range(5)},
        **{f"base64url after {n} bytes": base64.urlsafe_b64encode(b"user:"[:n] + data).decode() for n in range(5)},
    }
