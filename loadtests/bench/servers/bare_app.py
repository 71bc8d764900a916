"""A bare Starlette app on uvicorn, with which the benchmark compares all servers: `python -m ... PORT READY`.

GET returns about 1 KB of JSON; POST parses the body with orjson and returns it. There is no storage, token, or validation.
The port is written to the file READY when the server is ready.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

MEDIA_TYPE = "application/scim+json"
# As many bytes of JSON as a user resource of the reference server.
ONE_KILOBYTE: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "filling": [{"type": "work", "value": f"{number:04d}-{'x' * 48}"} for number in range(11)],
}


async def answer_get(request: Request) -> Response:
    """Return 1 KB of JSON, or a page of `count` such objects, serialized anew for each request as in any server."""
    if request.scope["query_string"]:
        page = {"Resources": [ONE_KILOBYTE] * int(request.query_params["count"])}
        return Response(orjson.dumps(page), media_type=MEDIA_TYPE)
    return Response(orjson.dumps(ONE_KILOBYTE), media_type=MEDIA_TYPE)


async def answer_post(request: Request) -> Response:
    """Parse the body and return it."""
    return Response(orjson.dumps(orjson.loads(await request.body())), 201, media_type=MEDIA_TYPE)


app = Starlette(routes=[Route("/Users", answer_get), Route("/Users", answer_post, methods=["POST"])])


def main(port: int, ready: Path) -> None:
    """Serve until the process ends."""
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    ready.with_suffix(".new").write_text(str(listener.getsockname()[1]))
    ready.with_suffix(".new").replace(ready)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
