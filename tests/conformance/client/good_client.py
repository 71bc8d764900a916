"""A well-behaved SCIM client for the kill matrix, with places at which a bug can be put."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import urllib3

from conformance.defects.mutations import Mutation
from conformance.defects.wire import Reply, Request, Server

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
MESSAGE = "urn:ietf:params:scim:api:messages:2.0:"
PASSING = (0, 429, 500, 502, 503, 504)
TRIES = 4
NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL
Json = dict[str, Any]


class Failed(Exception):
    """The client stops with an error."""


class Ended(Exception):
    """The client stops without an error, as one does that swallows its own."""


def company(day: int) -> tuple[list[Json], dict[str, list[str]]]:
    """(users, members by group) of the first or the second day. On the second, Carl leaves, Fred is renamed, and Dora is gone."""
    anna: Json = {
        "userName": "Anna@example.com",
        "externalId": "e-1",
        "displayName": "Anna" if day == 1 else "Anna Berg",
        "name": {"givenName": "Anna", "familyName": "Berg"},
        "active": True,
        "title": "Engineer" if day == 1 else "Manager",
        "locale": "en-US",
        "timezone": "Europe/Berlin",
        "preferredLanguage": "en-US",
        "emails": [{"value": "anna@example.com", "type": "work", "primary": True}],
        "phoneNumbers": [{"value": "+1-201-555-0123", "type": "work"}],
        "addresses": [{"type": "work", "country": "DE", "locality": "Berlin"}],
        ENTERPRISE: {"employeeNumber": "701", "department": "Sales"},
    }
    bob = "bob\"o'neil\\@example.com"
    others = [
        {"userName": bob, "externalId": "e-2", "displayName": "Bob O'Neil 山", "active": True},
        {"userName": "carl@example.com", "externalId": "e-3", "displayName": "Carl", "active": day == 1},
        {"userName": f"fred{day}@example.com", "externalId": "e-6", "displayName": "Fred", "active": True},
        {"userName": "dora@example.com", "externalId": "e-4", "displayName": "Dora", "active": True},
    ]
    members = [str(anna["userName"]), "carl@example.com" if day == 1 else bob]
    return [anna, *(others if day == 1 else others[:3])], {"Sales": members, "Everyone": [str(anna["userName"]), bob]}


class GoodClient:
    """`between` changes what is sent, as a bug does; `bugs` names bugs of behavior."""

    def __init__(
        self,
        url: str,
        token: str,
        sleep: Callable[[float], None],
        between: Mutation,
        bugs: frozenset[str],
        issuer: Path | None = None,
    ) -> None:
        self.url, self.token, self.sleep, self.bugs = url, token, sleep, bugs
        if "ignores-https" in bugs:
            self.url = url.replace("https://", "http://")
        seconds = 1 if "impatient" in bugs else 60
        careless = bool({"ignores-hosts", "ignores-certificates"} & bugs)
        self.http = urllib3.PoolManager(
            retries=False,
            timeout=seconds,
            ssl_context=trust(issuer, bugs) if self.url.startswith("https:") else None,  # loading the roots takes 20 ms
            assert_hostname=False if careless else None,
        )
        self.server = Server(self._ask)
        EXACT.update({name: name in bugs for name in EXACT})
        self.between = between
        self.day = 1
        self.config: Json = {}
        self.given_up: set[str] = set()  # users, and writes that count as done
        self.created_again: set[str] = set()

    def run(self) -> None:
        """Bring the company to the server, as a scheduled job does."""
        config = self.send("GET", "/ServiceProviderConfig")
        if config.status != 200 and "needs-configuration" in self.bugs:
            raise Failed("no configuration")
        self.config = config.json if config.status == 200 else {}
        if self.day == 3:
            self.synchronize(*company(2))
        while self.day < 3:
            self.synchronize(*company(self.day))
            self.day += 1

    def synchronize(self, people: list[Json], groups: dict[str, list[str]]) -> None:
        held = {get(user, "userName").lower(): user for user in self.all("/Users")}
        ids = {}
        for person in people:
            ids[person["userName"]] = self.bring(person, held.get(person["userName"].lower()))
        for name, user in held.items():
            if name == "dora@example.com" and name not in [person["userName"] for person in people]:
                self.leave(user)
        ids |= self.newcomers(held)
        for group, names in groups.items():
            self.membership(group, [ids[name] for name in names])

    def newcomers(self, held: dict[str, Json]) -> dict[str, str]:
        """Emil and his group come in one bulk request; his manager is Anna."""
        emil: Json = {
            "schemas": [USER, ENTERPRISE],
            "userName": "emil@example.com",
            "externalId": "e-5",
            "active": True,
        }
        emil |= {"profileUrl": "https://example.com/emil", "x509Certificates": [{"value": "MIIB"}]}
        if "anna@example.com" in held:
            emil[ENTERPRISE] = {"manager": {"value": held["anna@example.com"]["id"]}}
        query = {
            "schemas": [MESSAGE + "SearchRequest"],
            "filter": 'userName eq "emil@example.com"',
            "attributes": ["userName"],
        }
        found = self.send("POST", "/Users/.search", query) if self.offers("filter") else Reply(501)
        known = (
            (found.json.get("Resources") or []) if found.ok else [u for n, u in held.items() if n == "emil@example.com"]
        )
        if not known and self.offers("bulk"):
            group = {"schemas": [GROUP], "displayName": "New", "members": [{"value": "bulkId:b1"}]}
            operations = [
                {"method": "POST", "path": "/Users", "bulkId": "b1", "data": emil},
                {"method": "POST", "path": "/Groups", "bulkId": "b2", "data": group},
            ]
            if "bulk-beyond-limits" in self.bugs:
                operations += [{"method": "DELETE", "path": f"/Users/gone-{number}"} for number in range(1000)]
            done = self.send("POST", "/Bulk", {"schemas": [MESSAGE + "BulkRequest"], "Operations": operations})
            if not done.ok and "needs-bulk" in self.bugs:
                raise Failed(f"/Bulk: {done.status}")
        self.all("/Groups", "&excludedAttributes=members")
        return {"emil@example.com": self.bring({n: v for n, v in emil.items() if n != "schemas"}, None)}

    def bring(self, person: Json, user: Json | None) -> str:
        """Create or update one user; returns the id."""
        if person["userName"] in self.given_up:
            return ""
        if user is None:
            user = self.find("/Users", "userName", person["userName"])
        other = self.find("/Users", "externalId", person["externalId"]) if user is None else None
        if other is not None and "renames-by-recreation" in self.bugs:
            self.leave(other)
        elif other is not None:
            user = other
        if user is None and (user := self.create(person)) is None:
            return ""
        changes = {name: value for name, value in person.items() if differs(value, get(user, name))}
        if "writes-always" in self.bugs:
            changes = {"active": person["active"]}
        if "patches-whole-resources" in self.bugs:
            changes = {name: value for name, value in user.items() if name != "schemas"} | changes
        if "clears-what-it-does-not-know" in self.bugs and {"photos", "ims"} & set(user):
            changes |= {"photos": [], "ims": []}
        if "compares-schemas-exactly" in self.bugs and USER not in user["schemas"]:
            raise Failed("not a user")
        if get(user, "externalId") is None and "wants-external-id" not in self.bugs:
            changes.pop("externalId", None)  # a server need not keep it
        return self.update(user, changes, person) if changes else str(user["id"])

    def create(self, person: Json) -> Json | None:
        """The user that was created or exists already; None only for a client that gives up."""
        schemas = [USER, *(urn for urn in person if urn.startswith("urn:"))]
        made = self.send("POST", "/Users", {"schemas": schemas, **person}, look_up=person["userName"])
        if made.status == 409 and "gives-up-after-409" in self.bugs:
            self.given_up.add(person["userName"])
            return None
        if made.status == 409 and "renames-on-conflict" in self.bugs:
            made = self.send("POST", "/Users", {"schemas": schemas, **person, "userName": "x" + person["userName"]})
        if made.status == 201 and not made.json and "needs-created-body" in self.bugs:
            raise Failed("no body")
        user = made.json if made.ok and made.json else self.find("/Users", "userName", person["userName"])
        if user is None:
            raise Failed(f"{person['userName']}: {made.status}")
        return dict(user)

    def update(self, user: Json, changes: Json, whole: Json) -> str:
        """Change a user; returns the id, which is another one if the user had to be created again."""
        path = f"/Users/{self.segment(user['id'])}"
        done = Reply(501)
        if self.offers("patch"):
            operations = [operation for name, value in changes.items() for operation in replaced(name, value)]
            done = self.change("PATCH", path, {"schemas": [MESSAGE + "PatchOp"], "Operations": operations}, user)
        if done.status == 0 and user["userName"] not in self.given_up:  # only a client that rolls back gets here
            self.given_up.add(user["userName"])
            return self.update(user, {name: get(user, name) for name in changes}, whole)
        if done.status == 501 and "needs-patch" not in self.bugs:
            kept = {name: value for name, value in user.items() if name not in ("meta", "groups")}
            schemas = dict.fromkeys([*user["schemas"], *(urn for urn in whole if urn.startswith("urn:"))])
            done = self.change("PUT", path, {**kept, **whole, "schemas": list(schemas)}, user)
        if done.status == 404 and "forgets-the-deleted" in self.bugs:
            self.given_up.add(whole["userName"])
            return ""
        if done.status == 404 and whole.get("active") and user["id"] not in self.created_again:
            self.created_again.add(user["id"])
            return self.bring(whole, None)
        if not done.ok and done.status != 404:
            raise Failed(f"{path}: {done.status}")
        return str(user["id"])

    def change(self, method: str, path: str, body: Json | None, resource: Json) -> Reply:
        """A change under the condition that the resource is as it was read."""
        for _ in range(TRIES):
            version = get(get(resource, "meta") or {}, "version")
            conditional = version and "no-if-match" not in self.bugs
            done = self.send(method, path, body, **({"if-match": version} if conditional else {}))
            if done.status == 412 and "gives-up-after-412" in self.bugs:
                self.given_up.add(f"{method} {path} None")
                return Reply(200)
            if done.status != 412:
                return done
            resource = self.send("GET", path).json
        return done

    def leave(self, user: Json) -> None:
        path = f"/Users/{self.segment(user['id'])}"
        done = self.change("DELETE", path, None, user)
        if done.status in (403, 405, 501) and "only-deletes" not in self.bugs and get(user, "active") is not False:
            self.update(user, {"active": False}, {**user, "active": False})

    def membership(self, name: str, wanted: list[str]) -> None:
        group = self.find("/Groups", "displayName", name)
        if group is None:
            made = self.send("POST", "/Groups", {"schemas": [GROUP], "displayName": name}, look_up=name)
            group = made.json if made.ok and made.json else self.find("/Groups", "displayName", name)
            assert group is not None
        held = [member["value"] for member in get(group, "members") or ()]
        if "sends-whole-groups" in self.bugs:
            operations = [{"op": "replace", "path": "members", "value": [{"value": one} for one in [*held, *wanted]]}]
        else:
            known = {user["id"] for user in self.all("/Users")}
            added = [one for one in wanted if one not in held]
            if "compares-lists-in-order" in self.bugs and held != wanted:
                added = wanted
            gone = [one for one in held if one not in wanted and one in known]
            operations = [{"op": "add", "path": "members", "value": [{"value": one} for one in added]}] if added else []
            operations += [{"op": "remove", "path": f'members[value eq "{one}"]'} for one in gone]
        if operations:
            path = f"/Groups/{self.segment(group['id'])}"
            done = Reply(501)
            if self.offers("patch"):
                done = self.change("PATCH", path, {"schemas": [MESSAGE + "PatchOp"], "Operations": operations}, group)
            if done.status == 501 and "needs-patch" not in self.bugs:
                whole = {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in wanted]}
                done = self.change("PUT", path, whole, group)
            if not done.ok:
                raise Failed(f"{path}: {done.status}")

    def find(self, endpoint: str, name: str, value: str) -> Json | None:
        """The resource with this value: by a filter, or in the whole list where there are no filters."""
        narrow = "&excludedAttributes=members" if endpoint == "/Groups" and "lists-members" not in self.bugs else ""
        if self.offers("filter"):
            escaped = value if "unescaped-filters" in self.bugs else value.replace("\\", "\\\\").replace('"', '\\"')
            query = f'{name} eq "{escaped}"'
            found = self.send("GET", f"{endpoint}?filter={quote(query, safe='')}{narrow}")
            if not found.ok and "needs-filters" in self.bugs:
                raise Failed(f"{endpoint}: {found.status}")
            if found.ok:
                held = found.json["Resources"] if "needs-resources" in self.bugs else found.json.get("Resources") or []
                return self.whole(endpoint, held[0]) if held else None
        return next(
            (
                self.whole(endpoint, one)
                for one in self.all(endpoint, narrow)
                if str(get(one, name)).lower() == value.lower()
            ),
            None,
        )

    def whole(self, endpoint: str, listed: Json) -> Json:
        """A resource of a list; groups are listed without their members, so a group is read."""
        if endpoint != "/Groups":
            return listed
        reply = self.send("GET", f"{endpoint}/{self.segment(listed['id'])}")
        return dict(reply.json) if reply.ok else listed

    def all(self, endpoint: str, more: str = "") -> list[Json]:
        """Every resource, by index or by cursor."""
        found: list[Json] = []
        cursor, total = "", 0
        while True:
            page = f"cursor={quote(cursor)}" if cursor else f"startIndex={len(found) + 1}"
            reply = self.send("GET", f"{endpoint}?{page}&count=50{more}")
            if not reply.ok:
                raise Failed(f"{endpoint}: {reply.status}")
            held = reply.json.get("Resources") or []
            found += held
            if "pages-by-count" in self.bugs:
                found += [{"userName": "", "id": ""}] * (50 - len(held))
            cursor = str(reply.json.get("nextCursor") or "") if "no-cursors" not in self.bugs else ""
            total = total if total and "keeps-the-first-total" in self.bugs else int(reply.json.get("totalResults", 0))
            end = not cursor and len(found) >= total
            if not held or end or "first-page-only" in self.bugs:
                return found

    def send(self, method: str, path: str, body: Json | None = None, *, look_up: str = "", **headers: str) -> Reply:
        """One request, again after what passes. A create is looked up before it is sent again."""
        request = Request(
            method, path.partition("?")[0], path.partition("?")[2], self.headers(body is not None) | headers
        )
        if body is not None:
            request = request.with_json(body)
        write = f"{method} {path} {body.get('userName') if body else None}"
        if write in self.given_up:
            return Reply.of(200, {"id": "unknown"})
        passing = (*PASSING, 401) if "ignores-401" in self.bugs else PASSING
        for attempt in range(30 if "hammers" in self.bugs else TRIES):
            reply = self.between(request, self.server)
            if reply.status in (401, 403) and "ignores-401" not in self.bugs:
                raise Failed(f"{path}: {reply.status}")
            if reply.status not in passing:
                if method == "PATCH" and "needs-a-body" in self.bugs and not reply.body:
                    raise Failed(f"{path}: no body")
                return self.followed(request, reply)
            if "rolls-back" in self.bugs and method == "PATCH" and reply.status == 0:
                return reply
            if "ends-in-an-outage" in self.bugs and reply.status == 503:
                raise Ended
            if "swallows-errors" in self.bugs and method != "GET":
                self.given_up.add(write)
                return Reply.of(200, {"id": "unknown"})
            self.sleep(
                0 if "ignores-retry-after" in self.bugs else float(reply.headers.get("retry-after", attempt / 10))
            )
            if look_up and method == "POST" and "creates-blindly" not in self.bugs:
                found = self.find(request.path, "userName" if "Users" in path else "displayName", look_up)
                if found is not None:
                    return Reply.of(200, found)
        raise Failed(f"{method} {path}: no success after {attempt + 1} attempts")

    def followed(self, request: Request, reply: Reply) -> Reply:
        """The reply after a redirect; another origin does not get the token."""
        if reply.status not in (307, 308) or "no-redirects" in self.bugs:
            return reply
        place = reply.headers["location"]
        headers = dict(request.headers)
        if urlsplit(place).netloc != urlsplit(self.url).netloc and "leaks-token" not in self.bugs:
            headers.pop("authorization")
            self.http.request(request.method, place, headers=headers, redirect=False)
            return self.between(request, self.server)
        done = self.http.request(request.method, place, body=request.body or None, headers=headers, redirect=False)
        return Reply(done.status, {name.lower(): value for name, value in done.headers.items()}, done.data)

    def headers(self, has_body: bool) -> dict[str, str]:
        if "token-in-a-cookie" in self.bugs:
            return {"cookie": f"token={self.token}", "authorization": f"Bearer {self.token}"}
        kept = {
            "authorization": f"Bearer {self.token}",
            "accept": "application/scim+json",
            "user-agent": "good-client/1" if "no-user-agent" not in self.bugs else urllib3.util.SKIP_HEADER,
        }
        return {**kept, "content-type": "application/scim+json"} if has_body else kept

    def offers(self, feature: str) -> bool:
        if f"never-uses-{feature}" in self.bugs:
            return False
        return "ignores-configuration" in self.bugs or bool(self.config.get(feature, {}).get("supported", True))

    def segment(self, id_: str) -> str:
        return id_.lower() if "lower-case-ids" in self.bugs else quote(id_, safe="")

    def _ask(self, request: Request) -> Reply:
        base = self.url.rpartition("/")[0] if "shortens-the-base" in self.bugs else self.url
        url = base + request.path + (f"?{request.query}" if request.query else "")
        if "raw-urls" in self.bugs:
            return self._ask_raw(request, url)
        try:
            body = self._spoiled(request.body) or None
            done = self.http.urlopen(request.method, url, body=body, headers=dict(request.headers), redirect=False)
        except urllib3.exceptions.HTTPError:
            return Reply(0)
        return Reply(done.status, {name.lower(): value for name, value in done.headers.items()}, done.data)

    def _spoiled(self, body: bytes) -> bytes:
        if "latin-1" in self.bugs:
            return body.replace(b"Engineer", b"Ing\xe9nieur")
        return body.replace(b'{"', b'{"active":true,"ACTIVE":true,"', 1) if "names-twice" in self.bugs else body

    def _ask_raw(self, request: Request, url: str) -> Reply:
        """Like `_ask`, with a URL whose quotes are not encoded, which urllib3 would repair."""
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.netloc, timeout=60)
        target = url.partition(parts.netloc)[2].replace("%22", '"')
        connection.request(request.method, target, request.body or None, dict(request.headers))
        done = connection.getresponse()
        reply = Reply(done.status, {name.lower(): value for name, value in done.getheaders()}, done.read())
        connection.close()
        return reply


def trust(issuer: Path | None, bugs: frozenset[str]) -> ssl.SSLContext:
    """How the client verifies certificates. It trusts only this issuer if there is one."""
    context = ssl.create_default_context(cafile=issuer)
    if "ignores-certificates" in bugs:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if "ignores-expiry" in bugs:
        context.verify_flags |= NO_CHECK_TIME
    return context


EXACT = {"case-sensitive": False, "compares-exactly": False}  # bugs of the functions below


def get(resource: Json, name: str) -> Any:
    """The value of an attribute by its name in any case."""
    if EXACT["case-sensitive"]:
        return resource.get(name)
    return next((value for key, value in resource.items() if key.lower() == name.lower()), None)


def differs(wanted: Any, held: Any) -> bool:
    """Whether the server lacks something of what is wanted; what it adds is ignored."""
    if isinstance(wanted, dict):
        return not isinstance(held, dict) or any(differs(value, get(held, name)) for name, value in wanted.items())
    if isinstance(wanted, list):
        return not isinstance(held, list) or any(all(differs(one, other) for other in held) for one in wanted)
    if isinstance(wanted, str) and isinstance(held, str) and "@" in wanted and not EXACT["compares-exactly"]:
        return wanted.lower() != held.lower()
    return bool(wanted != held)


def replaced(name: str, value: Any) -> list[Json]:
    """The operations that set an attribute; each attribute of an extension has a path of its own."""
    if name.startswith("urn:"):
        return [{"op": "replace", "path": f"{name}:{inner}", "value": held} for inner, held in value.items()]
    return [{"op": "replace", "path": name, "value": value}]
