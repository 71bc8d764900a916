"""All the ways in which a client can write one value, by POST, PUT, PATCH, and Bulk, so that a rule is checked in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from conformance.check_api.expect import ERROR_URN
from conformance.check_api.session import PATCH_URN, Session
from conformance.model.definitions import parts_of
from conformance.requirements.verdict import Finding, NotOffered
from conformance.target.discovery import Attribute
from conformance.target.fields import Fields
from conformance.topics.bulk_requests import bulk, code, error_of, post, results
from conformance.topics.one_attribute import around, body_with, is_empty, value_of, with_value

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a value. `op` and `path` apply to PATCH; `null` writes null, and `without` omits the attribute."""

    method: str
    op: str = "replace"
    path: str = "plain"  # "plain", "URN", "other case", or "none"
    bulk: bool = False
    null: bool = False
    without: bool = False


FORMS = {
    "POST": Form("POST"),
    "PUT": Form("PUT"),
    "PATCH replace": Form("PATCH"),
    "PATCH add": Form("PATCH", "add"),
    "PATCH with a URN path": Form("PATCH", path="URN"),
    "PATCH with a path in another case": Form("PATCH", path="other case"),
    "PATCH replace without path": Form("PATCH", path="none"),
    "PATCH add without path": Form("PATCH", "add", path="none"),
    "Bulk POST": Form("POST", bulk=True),
    "Bulk PUT": Form("PUT", bulk=True),
    "Bulk PATCH": Form("PATCH", bulk=True),
    "Bulk PATCH without path": Form("PATCH", path="none", bulk=True),
}
REMOVALS = {
    "PUT without it": Form("PUT", without=True),
    "PUT with null": Form("PUT", null=True),
    "PATCH remove": Form("PATCH", "remove"),
    "PATCH remove with a URN path": Form("PATCH", "remove", path="URN"),
    "PATCH replace with null": Form("PATCH", null=True),
    "PATCH replace without path, with null": Form("PATCH", path="none", null=True),
    "Bulk PUT without it": Form("PUT", without=True, bulk=True),
    "Bulk PATCH remove": Form("PATCH", "remove", bulk=True),
}
CREATES = [name for name, form in FORMS.items() if form.method == "POST"]
CHANGES = [name for name, form in FORMS.items() if form.method != "POST"]
PATCHES = [name for name, form in FORMS.items() if form.method == "PATCH"]


@dataclass(frozen=True, slots=True)
class Written:
    """The result of a write: status, error body, and the path of the resource if a POST created one."""

    form: str
    status: int
    error: Json = field(default_factory=dict)
    path: str = ""

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300

    @property
    def told(self) -> str:
        """Status, scimType, and detail for messages."""
        words = [str(self.error[name])[:120] for name in ("scimType", "detail") if self.error.get(name)]
        return f"{self.status} ({': '.join(words)})" if words else str(self.status)


def write(
    scim: Session, name: str, attribute: Attribute, value: Any, resource: Json | None = None, where: str = ""
) -> Written:
    """Write a value in the named form; a POST creates a resource, every other form changes `resource`.

    With `where`, the attribute is a sub-attribute of a list, and the elements that match this filter are changed. Raises
    NotOffered if the target lacks PATCH or Bulk, or if the form does not exist for this attribute.
    """
    form = FORMS.get(name) or REMOVALS[name]
    if where and (form.method != "PATCH" or form.path == "none"):
        raise NotOffered(f"{name} of elements by a filter")
    if form.method == "PATCH":
        scim.target.need("patch")
    if form.method == "POST":
        body, place = body_with(scim, attribute, value), scim.target.need_type(attribute.resource_type)
    else:
        assert resource is not None
        place = scim.path_of(resource)
        body = (
            _patch(form, attribute, value, where)
            if form.method == "PATCH"
            else _put(scim, form, attribute, value, resource)
        )
    return _in_bulk(scim, name, form, place, body) if form.bulk else _sent(scim, name, form, place, body)


def rejected(written: Written, *codes: int) -> None:
    """The write must have got a 4xx with a SCIM error, with one of `codes` if there are any."""
    no_server_error(written)
    if not 400 <= written.status < 500 or (codes and written.status not in codes):
        wanted = " or ".join(str(one) for one in codes) or "a 4xx"
        raise Finding(
            f"the server does not reject {written.form} with the expected status",
            wanted,
            written.told,
            level="refusal",
        )
    no_foreign_error(written)


def no_foreign_error(written: Written) -> None:
    """An error must be a SCIM error. The RFC shows two forms for errors in Bulk, so there only the status counts."""
    if "Bulk" not in written.form and not written.succeeded and ERROR_URN not in (written.error.get("schemas") or ()):
        raise Finding(f"the response to {written.form} is not a SCIM error", f"schemas [{ERROR_URN}]", written.told)


def no_server_error(written: Written) -> None:
    """The write must not end in a server error; 501 means that the target lacks the feature (NotOffered)."""
    if written.status == 501:
        raise NotOffered(f"{written.form} (501)")
    if written.status >= 500:
        raise Finding(f"{written.form} causes a server error", "2xx or a 4xx", written.told, level="refusal")


def stored(scim: Session, type_name: str, resource: Json) -> Json:
    """The stored resource as a client may send it back by PUT, without readOnly attributes and meta.

    Required sub-attributes that are returned only on request are requested, because a PUT needs them (RFC 7644 3.5.1).
    """
    held: Json = Fields((name, value) for name, value in scim.read(resource).items() if name not in ("meta", "id"))
    attributes = scim.target.attributes(type_name)
    for attribute in attributes:
        if attribute.parent is None and attribute.mutability == "readOnly":
            home = held if attribute.is_core else held.get(attribute.schema)
            if isinstance(home, dict):
                home.pop(attribute.name, None)
    hidden = [one for one in attributes if one.parent and one.required and one.definition.get("returned") == "request"]
    for whole in {one.path: one for one in map(around, hidden) if not is_empty(value_of(one, held))}.values():
        paths = [f"{whole.path}.{part['name']}" for part in parts_of(whole.definition)]
        shown = scim.get(scim.path_of(resource), attributes=",".join(paths)).json
        if not is_empty(value := value_of(whole, shown)):
            held = Fields(with_value(held, whole, value))
    return held


def all_forms(names: list[str], judge: Callable[[str], None]) -> None:
    """Judge each form; raises NotOffered if the target offers none of them."""
    missing = 0
    for name in names:
        try:
            judge(name)
        except NotOffered:
            missing += 1
    if missing == len(names):
        raise NotOffered("the requests that write this attribute")


def _put(scim: Session, form: Form, attribute: Attribute, value: Any, resource: Json) -> Json:
    body = stored(scim, attribute.resource_type, resource)
    if form.without:
        home = body if attribute.is_core else body.get(attribute.schema, {})
        if attribute.parent:
            home = home.get(attribute.parent["name"], {})
        home.pop(attribute.name, None)
        return body
    return with_value(body, attribute, None if form.null else value)


def _patch(form: Form, attribute: Attribute, value: Any, where: str) -> Json:
    """A PATCH with one operation; raises NotOffered if its path would be the same as the plain one."""
    operation: Json = {"op": form.op}
    if form.op != "remove":
        operation["value"] = None if form.null else value
    if form.path == "none":
        operation["value"] = _nested(attribute, operation["value"])
        return {"schemas": [PATCH_URN], "Operations": [operation]}
    if form.path == "URN" and not attribute.is_core:
        raise NotOffered(f"{attribute}: a path without the URN of its extension")
    outer = str(attribute.parent["name"]) if attribute.parent else ""
    outer += f"[{where}]" if where else ""
    name = attribute.name.swapcase() if form.path == "other case" else attribute.name
    urn = "" if attribute.is_core and form.path != "URN" else f"{attribute.schema}:"
    operation["path"] = urn + (f"{outer}.{name}" if outer else name)
    return {"schemas": [PATCH_URN], "Operations": [operation]}


def _nested(attribute: Attribute, value: Any) -> Json:
    """The value of an operation without path: an object with the attribute at the same place as in a resource."""
    nested = {attribute.name: value}
    if attribute.parent:
        nested = {str(attribute.parent["name"]): nested}
    return nested if attribute.is_core else {attribute.schema: nested}


def _sent(scim: Session, name: str, form: Form, place: str, body: Json) -> Written:
    answer = scim.post(place, body) if form.method == "POST" else scim.client.send(form.method, place, body)
    held: Json = answer.json if isinstance(answer.json, dict) else {}
    made = f"{place}/{held['id']}" if form.method == "POST" and answer.status == 201 and "id" in held else ""
    return Written(name, answer.status, {} if answer.status < 400 else held, made)


def _in_bulk(scim: Session, name: str, form: Form, place: str, body: Json) -> Written:
    operation = {"method": form.method, "path": place, "data": body}
    answer = bulk(scim, post(place, "a", body) if form.method == "POST" else operation)
    if answer.status != 200:
        return Written(name, answer.status, answer.json if isinstance(answer.json, dict) else {})
    result = results(answer, 1)[0]
    status = int(code(result)) if code(result).isdigit() else 0
    location = str(result.get("location") or "").removeprefix(scim.client.base_url)
    return Written(name, status, error_of(result), location if status == 201 else "")
