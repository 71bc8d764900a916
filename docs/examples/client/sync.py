"""A small SCIM client: it brings the users of a list to a server, and survives what goes wrong on the way."""

import json
import os
from urllib.parse import quote

import urllib3

PEOPLE = [{"userName": "anna@example.com", "displayName": "Anna", "active": True}]
USER, PATCH = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:api:messages:2.0:PatchOp"
HEADERS = {"Authorization": "Bearer " + os.environ["SCIM_TOKEN"], "Content-Type": "application/scim+json"}
# Lost connections, 429 (after its Retry-After), and 5xx are tried again. A redirect to another host loses the token.
AGAIN = urllib3.Retry(8, allowed_methods=None, status_forcelist=(429, 500, 502, 503, 504), backoff_factor=0.1)
HTTP = urllib3.PoolManager(timeout=30, retries=AGAIN)


def send(method, path, body=None, accepted=(200,)):
    """The JSON of the response, with attribute names in lower case, because servers may write them in any case."""
    reply = HTTP.request(method, os.environ["SCIM_URL"] + path, headers=HEADERS, body=body and json.dumps(body))
    if reply.status not in accepted:
        raise SystemExit(f"{method} {path} failed with {reply.status}")
    return json.loads(reply.data or "{}", object_pairs_hook=lambda pairs: {name.lower(): held for name, held in pairs})


def find(name):
    """The user with this name, or None. If the server has no filters, the client reads the whole list."""
    page = send("GET", "/Users?filter=" + quote(f"userName eq {json.dumps(name)}", safe=""), accepted=(200, 501))
    users = page.get("resources") or []
    while "status" in page and (more := send("GET", f"/Users?startIndex={len(users) + 1}").get("resources")):
        users += more
    return next((user for user in users if user["username"].lower() == name.lower()), None)


for person in PEOPLE:
    if find(person["userName"]) is None:
        send("POST", "/Users", {"schemas": [USER], **person}, accepted=(200, 201, 409))  # 409: it exists after all
    user = find(person["userName"])
    changes = [{"op": "replace", "path": n, "value": v} for n, v in person.items() if user.get(n.lower()) != v]
    if changes:
        send("PATCH", "/Users/" + quote(user["id"], safe=""), {"schemas": [PATCH], "Operations": changes}, (200, 204))
