"""Serve Canaille, an identity provider, from memory: `python serve.py PORT TOKEN [FOLDER]`."""

from __future__ import annotations

import asyncio
import datetime
import sys
from typing import Any

from asgiref.wsgi import WsgiToAsgi
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from canaille.scim import endpoints
from hypercorn.asyncio import serve
from hypercorn.config import Config
from scim2_models import SearchRequest


def search_request(request: Any) -> Any:
    """What the package reads of a query, with `count` as a number: as shipped, every request with `count` is a 500."""
    count = request.args.get("count", type=int)
    return SearchRequest(
        attributes=request.args.get("attributes"),
        excluded_attributes=request.args.get("excludedAttributes"),
        start_index=request.args.get("startIndex"),
        count=None if count is None else min(count, 1000),
    )


def main(port: int, token: str) -> None:
    """Register a client and its token, then answer until the process ends."""
    endpoints.parse_search_request = search_request
    app = create_app(
        {
            "SECRET_KEY": token,
            "SERVER_NAME": f"127.0.0.1:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "LOGGING": None},
            "CANAILLE_OIDC": {},
            "CANAILLE_SCIM": {"ENABLE_SERVER": True},
        }
    )
    with app.app_context():
        now = datetime.datetime.now(datetime.UTC)
        client = models.Client(client_id="suite", client_name="suite", client_id_issued_at=now)
        Backend.instance.save(client)
        Backend.instance.save(
            models.Token(
                token_id="suite",
                access_token=token,
                client=client,
                subject=None,
                scope=[],
                issue_date=now,
                lifetime=86_400,
                audience=[client],
            )
        )
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.loglevel = "ERROR"
    asyncio.run(serve(WsgiToAsgi(app), config, mode="asgi"))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
