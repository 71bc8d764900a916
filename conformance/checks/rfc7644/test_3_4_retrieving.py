"""RFC 7644 section 3.4: the attributes that GET returns."""

from __future__ import annotations

from conformance.check_api import expect
from conformance.check_api.cases import for_each_resource_type
from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered, Verdict
from conformance.target.discovery import Attribute


@for_each_resource_type
@requirement(
    "RFC7644-3.4-02",
    level="lie",
    consequence="The provider does not see what it wrote and writes it again, or a secret appears in its logs.",
    fix="Without a projection, return every attribute with returned always or default, and no other.",
)
def test_plain_get_shows_what_is_returned_by_default(scim: Session, type_name: str) -> None:
    """GET must return every attribute with returned always or default and no other; what POST ignored is a warning."""
    declared = [a for a in scim.target.attributes(type_name) if a.parent is None]
    if not declared:
        raise NotOffered(f"the schema of {type_name}")
    body = scim.body(type_name, full=True)
    answer = scim.post(scim.target.need_type(type_name), body)
    if answer.status == 400:  # a server may reject passwords that clients choose
        secret = {a.name for a in declared if a.mutability == "writeOnly"}
        body = {name: value for name, value in body.items() if name not in secret}
        answer = scim.post(scim.target.need_type(type_name), body)
    shown = scim.read(expect.created(answer))
    for attribute in declared:
        value = attribute.value_in(shown)
        if attribute.returned in ("never", "request") and value is not None:
            raise Finding(f"{attribute} is returned by default", f"returned: {attribute.returned}", "GET returns it")
        if value is None and _is_set(attribute, scim.plain(body)):
            ignored = (
                attribute.value_in(expect.created(answer)) is None
            )  # RFC 7644 section 3.3: a server may ignore values of a create
            told = f"POST ignores {attribute}" if ignored else f"{attribute} is missing in the response"
            verdict = Verdict.WARN if ignored else None
            raise Finding(told, f"returned: {attribute.returned}", "GET does not return it", verdict)


def _is_set(attribute: Attribute, body: dict[str, object]) -> bool:
    by_default = attribute.returned in ("always", "default") and attribute.mutability in ("readWrite", "immutable")
    return by_default and attribute.value_in(body) not in (None, "", [], {})
