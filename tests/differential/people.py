"""Generated people, filters and PATCHes, for two implementations to disagree about."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.support import ENTERPRISE, PATCH, USER

WORDS = ["ada", "ADA", "Ada Lovelace", "bob", "", "Straße", "x@y.example", "Ünal", 'a"b', "back\\slash"]
words = st.sampled_from([word for word in WORDS if word])
addresses_of_mail = st.sampled_from(["ada@y.com", "ADA@y.com", "bob@y.com", "x@z.org"])
kinds = st.sampled_from(["work", "home", "other"])  # scim2-models writes canonical values in their declared case
moments = st.sampled_from(["2026-01-01T00:00:00Z", "2026-06-01T12:30:00Z", "2025-12-31T23:59:59Z"])


def _some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=parts)


def _lists(element: st.SearchStrategy[dict[str, Any]], key: str = "value") -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(element, min_size=1, max_size=3, unique_by=lambda held: (held[key].casefold(), held.get("type")))


emails = _lists(st.fixed_dictionaries({"value": addresses_of_mail}, optional={"type": kinds, "display": words}))
phones = _lists(st.fixed_dictionaries({"value": st.sampled_from(["+1", "+2", "+3"])}, optional={"type": kinds}))
addresses = _lists(
    st.fixed_dictionaries({"country": st.sampled_from(["NO", "DE"])}, optional={"type": kinds}), "country"
)
names = _some(givenName=words, familyName=words, formatted=words).filter(bool)
extension = _some(department=words, employeeNumber=words, costCenter=words).filter(bool)

users = st.fixed_dictionaries(
    {"schemas": st.just([USER, ENTERPRISE]), "id": st.just("id-1"), "userName": words, ENTERPRISE: extension},
    optional={
        "externalId": words,
        "displayName": words,
        "title": words,
        "active": st.booleans(),
        "name": names,
        "emails": emails,
        "phoneNumbers": phones,
        "addresses": addresses,
        "meta": st.fixed_dictionaries({"resourceType": st.just("User"), "created": moments, "lastModified": moments}),
    },
)

# ── filters ──

TEXTS = [
    "userName",
    "externalId",
    "displayName",
    "title",
    "name.givenName",
    "name.familyName",
    "emails.value",
    "emails.type",
]
TEXTS += [
    "phoneNumbers.value",
    "addresses.country",
    f"{ENTERPRISE}:department",
    f"{USER}:displayName",
    "USERNAME",
    "id",
]
INSIDE = {"emails": ["value", "type", "display"], "phoneNumbers": ["value", "type"], "addresses": ["country", "type"]}


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@st.composite
def comparisons(draw: st.DrawFn, attributes: list[str] | None = None) -> str:
    """`attribute operator value`, or `attribute pr`."""
    if attributes is None and draw(st.integers(0, 5)) == 0:
        return draw(
            st.sampled_from(["active eq true", "active ne true", "active eq false", "active pr", "meta.created pr"])
            | st.builds(
                "meta.{} {} {}".format, st.sampled_from(["created", "lastModified"]), orders, moments.map(quoted)
            )
        )
    attribute = draw(st.sampled_from(attributes or [*TEXTS, "emails", "name", "title"]))
    if attribute in ("emails", "name"):
        return f"{attribute} pr"
    if draw(st.integers(0, 6)) == 0:
        return f"{attribute} pr"
    operator = draw(st.sampled_from(["eq", "ne", "co", "sw", "ew", "EQ", "gt", "ge", "lt", "le"]))
    # scim2-models rejects a string that is not an address when it compares an email's value; the RFC has no such rule.
    of_mail = attribute in ("emails.value", "value")
    return f"{attribute} {operator} {quoted(draw(addresses_of_mail if of_mail else words | addresses_of_mail))}"


orders = st.sampled_from(["gt", "ge", "lt", "le", "eq", "ne"])


@st.composite
def value_paths(draw: st.DrawFn) -> str:
    attribute = draw(st.sampled_from(sorted(INSIDE)))
    parts = draw(st.lists(comparisons(INSIDE[attribute]), min_size=1, max_size=2))
    return f"{attribute}[{draw(st.sampled_from([' and ', ' or '])).join(parts)}]"


filters = st.recursive(
    comparisons() | value_paths(),
    lambda inner: (
        st.builds("({} and {})".format, inner, inner)
        | st.builds("{} or {}".format, inner, inner)
        | st.builds("not ({})".format, inner)
    ),
    max_leaves=5,
)

# ── patches ──

SINGLE = ["displayName", "title", "nickName", "name.givenName", "name.familyName", f"{ENTERPRISE}:department"]
SINGLE += [f"{USER}:title", f"{ENTERPRISE}:costCenter", "externalId", "userName"]


@st.composite
def operations(draw: st.DrawFn) -> dict[str, Any]:
    """One operation with a path that both sides must understand."""
    op = draw(st.sampled_from(["add", "replace", "remove"]))
    shape = draw(st.sampled_from(["single", "name", "list", "selected", "part", "active"]))
    if shape == "active":
        return {"op": "replace", "path": "active", "value": draw(st.booleans())}
    if shape == "single":
        path = draw(st.sampled_from(SINGLE))
        return _operation("replace" if op == "remove" and path == "userName" else op, path, draw(words))
    if shape == "name":
        return _operation(op, "name", draw(names))
    attribute = draw(st.sampled_from(["emails", "phoneNumbers"]))
    element = draw(emails if attribute == "emails" else phones)
    if shape == "list":
        return _operation(op, attribute, element)
    by_type = f"type eq {quoted(draw(kinds | st.just('WORK')))}"
    values = addresses_of_mail if attribute == "emails" else st.sampled_from(["+1", "+2", "+4"])
    chosen = f"{attribute}[{draw(st.sampled_from([by_type, f'value eq {quoted(draw(values))}']))}]"
    if shape == "selected":
        return _operation("remove", chosen, None)
    return _operation(op, f"{chosen}.value", draw(values))


def _operation(op: str, path: str, value: Any) -> dict[str, Any]:
    return {"op": op, "path": path} if op == "remove" else {"op": op, "path": path, "value": value}


patches = st.lists(operations(), min_size=1, max_size=3).map(lambda listed: {"schemas": [PATCH], "Operations": listed})
