"""A small SCIM client: it brings the users of a list to a server, and survives what goes wrong on the way."""

import json
import os
import time
import urllib.error
import urllib.request
from urllib.parse import quote

PEOPLE = [{"userName": "anna@example.com", "displayName": "Anna", "active": True}]
USER, PATCH = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:api:messages:2.0:PatchOp"
HEADERS = {"Authorization": "Bearer " + os.environ["SCIM_TOKEN"], "Content-Type": "application/scim+json"}


class NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):  # urllib would take the token to any server
        return None


def send(method, path, body=None):
    """(status, JSON) of the response. Errors that pass are tried again: no response, 429 after its pause, and 5xx."""
    data = None if body is None else json.dumps(body).encode()
    headers = HEADERS if body is not None else {"Authorization": HEADERS["Authorization"]}
    request = urllib.request.Request(os.environ["SCIM_URL"] + path, data, headers, method=method)
    for pause in (0.1, 0.2, 0.4, 0.8, 1.6):
        try:
            with urllib.request.build_opener(NoRedirects).open(request, timeout=30) as reply:
                return reply.status, json.loads(reply.read() or "{}")
        except urllib.error.HTTPError as error:
            if error.code not in (429, 500, 502, 503, 504):
                return error.code, {}
            pause = int(error.headers.get("Retry-After", 0)) or pause
        except OSError:
            pass
        time.sleep(pause)
    raise SystemExit(f"{method} {path} failed")


def find(name):
    """The user with this name, or None; attribute names in lower case, because servers may write them in any case."""
    status, found = send("GET", "/Users?filter=" + quote(f"userName eq {json.dumps(name)}", safe=""))
    if status != 200:
        raise SystemExit(f"the look-up of {name} failed with {status}")
    return next(({key.lower(): value for key, value in user.items()} for user in found.get("Resources", [])), None)


for person in PEOPLE:
    if find(person["userName"]) is None:
        send("POST", "/Users", {"schemas": [USER], **person})
    user = find(person["userName"])
    changes = [name for name, value in person.items() if user.get(name.lower()) != value]
    operations = [{"op": "replace", "path": name, "value": person[name]} for name in changes]
    if operations:
        status, _ = send(
            "PATCH", "/Users/" + quote(user["id"], safe=""), {"schemas": [PATCH], "Operations": operations}
        )
        if status not in (200, 204):
            raise SystemExit(f"the change of {person['userName']} failed with {status}")
