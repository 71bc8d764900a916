"""Every error has the form of the RFC (RFC 7644 section 3.12)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_server.endpoints.call import search_parameters
from reference_server.scim import errors
from reference_server.scim.bulk import BULK_URN, plan_bulk
from reference_server.scim.filter import parse_filter
from reference_server.scim.incoming import read_resource
from tests.reference_server.scim.patching import STRICT, TOLERANT, USER, anna, patched
from tests.support import ENTERPRISE


def every_error(kind: type[errors.ScimError] = errors.ScimError) -> list[type[errors.ScimError]]:
    return [kind] + [found for sub in kind.__subclasses__() for found in every_error(sub)]


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_every_error_has_the_rfcs_form(kind: type[errors.ScimError]) -> None:
    body = kind("why").body()
    assert body["schemas"] == [errors.ERROR_URN]
    assert body["status"] == str(kind.status)
    assert body["detail"] == "why"
    assert body.get("scimType") == kind.scim_type


# The random strings contain none of these.
PYTHON = re.compile(r"None|True|False|MISSING|object at|'")
NAMES = [
    "value",
    "type",
    "primary",
    "op",
    "path",
    "method",
    "bulkId",
    "version",
    "data",
    "Operations",
    "schemas",
    "failOnErrors",
    "filter",
    "count",
    "attributes",
]
NAMES += ["userName", "active", "emails", "name", "members", "id", "meta", "x509Certificates", "manager", ENTERPRISE]
PATHS = [*NAMES, "name.givenName", 'emails[type eq "work"].primary', f"{ENTERPRISE}:manager", "/Users", "/Users/1", ""]
STRINGS = st.sampled_from(
    ["", "x", "add", "remove", "replace", "POST", "put", "DELETE", "2026-01-31T12:00:00Z", *PATHS]
)
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(allow_nan=False, allow_infinity=False) | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=12,
)
OPERATION = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("op", "path", "value", "method", "bulkId", "version", "data"), JSON | STRINGS),
)


def of_bulk(body: Any) -> None:
    for operation in plan_bulk({"schemas": [BULK_URN], "Operations": body}, 10, TOLERANT).ordered:
        if operation.error is not None:
            raise operation.error


READERS: dict[str, tuple[Callable[[Any], Any], st.SearchStrategy[Any]]] = {
    "resource": (lambda body: read_resource(body, USER, TOLERANT), JSON),
    "attributes": (
        lambda body: read_resource({"schemas": [USER.schema.id], **body}, USER, STRICT),
        st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4),
    ),
    "patch": (lambda body: patched(anna(), body), OPERATION),
    "strict patch": (lambda body: patched(anna(), body, rules=STRICT), OPERATION),
    "patch message": (lambda body: patched(anna(), *body), st.lists(JSON, max_size=2)),
    "bulk": (of_bulk, st.lists(OPERATION, min_size=1, max_size=2)),
    "search": (lambda body: search_parameters(body, TOLERANT), JSON),
    "filter": (
        lambda terms: parse_filter(" ".join(terms), USER),
        st.tuples(
            st.sampled_from(["userName", "active", "meta.created", "emails.primary", "name", "nobody"]),
            st.sampled_from(["eq", "ne", "co", "gt", "xx"]),
            st.sampled_from(["null", "true", "1", "1.5", '"x"', "[]", "{}", "x"]),
        ),
    ),
}


@pytest.mark.parametrize("reader", READERS)
def test_no_message_shows_a_value_as_python_writes_it(reader: str) -> None:
    read, bodies = READERS[reader]

    @settings(max_examples=400, deadline=None, derandomize=True)
    @given(bodies)
    def check(body: Any) -> None:
        try:
            read(body)
        except errors.ScimError as error:
            assert not PYTHON.search(error.detail), error.detail

    check()
