"""Defects of attributes and excludedAttributes (RFC 7644 3.4.2.5, 3.9, 3.10)."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.lists import is_list
from conformance.defects.wire import Reply, Request, Server

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


def _asked(request: Request) -> str:
    """What attributes and excludedAttributes name, if either is there."""
    return request.parameters.get("attributes", "") + request.parameters.get("excludedAttributes", "")


def _all_of_it(request: Request) -> Request:
    return request.with_parameters(attributes=None, excludedAttributes=None)


@defect(
    "attributes-param-ignored-or-drops-id",
    source="better-auth/better-auth#10422; MicrosoftDocs entra-docs, excludedAttributes",
    breaks="attributes and excludedAttributes are ignored",
    killed_by="test_attributes_chooses_what_is_shown test_attributes_are_a_comma_separated_list"
    " test_each_parameter_changes_the_representation test_excluded_attributes_are_left_out"
    " test_attributes_replace_the_default_set_of_a_list test_excluded_attributes_leave_lists"
    " test_members_can_be_excluded test_extension_attributes_are_asked_for_by_urn"
    " test_part_of_an_attribute_can_be_excluded_in_lists test_attributes_take_full_names"
    " test_both_parameters_do_no_harm test_unknown_names_in_attributes_do_no_harm",
)
def attributes_param_ignored_or_drops_id(request: Request, server: Server) -> Reply:
    return server(_all_of_it(request) if request.method == "GET" else request)


@defect(
    "attributes-param-drops-id",
    source="better-auth/better-auth#10422",
    breaks="attributes and excludedAttributes=id take the id away",
    killed_by="test_attributes_chooses_what_is_shown test_always_returned_attributes_cannot_be_excluded"
    " test_excluded_attributes_are_left_out",
)
def attributes_param_drops_id(request: Request, server: Server) -> Reply:
    reply = server(request)
    if "attributes" not in request.parameters and "id" not in _asked(request).split(","):
        return reply
    return reply.each_resource(lambda item: {name: value for name, value in item.items() if name != "id"})


@defect(
    "attributes-param-ignored-in-lists",
    source="MicrosoftDocs entra-docs, excludedAttributes",
    breaks="attributes and excludedAttributes work on a resource, and not on a list",
    killed_by="test_attributes_replace_the_default_set_of_a_list test_excluded_attributes_leave_lists"
    " test_members_can_be_excluded test_part_of_an_attribute_can_be_excluded_in_lists",
)
def attributes_param_ignored_in_lists(request: Request, server: Server) -> Reply:
    return server(_all_of_it(request) if is_list(request) else request)


@defect(
    "attributes-param-urn-refused",
    source="RFC7644-3.10-01",
    breaks="an attribute with its URN is refused in attributes",
    killed_by="test_attributes_take_full_names test_attributes_take_standard_notation"
    " test_extension_attributes_are_asked_for_by_urn",
)
def attributes_param_urn_refused(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidValue") if "urn:" in _asked(request) else server(request)


@defect(
    "attributes-param-dot-not-followed",
    source="RFC7644-3.4.2.5-04",
    breaks="attributes=name.givenName shows the whole of name",
    killed_by="test_attributes_take_standard_notation test_attributes_chooses_what_is_shown",
    verdict="WARN",
)
def attributes_param_dot_not_followed(request: Request, server: Server) -> Reply:
    names = [name.replace(".givenName", "").replace(".value", "") for name in _asked(request).split(",")]
    return server(
        request.with_parameters(attributes=",".join(names)) if "attributes" in request.parameters else request
    )


@defect(
    "attributes-param-case-sensitive",
    source="RFC7644-3.4.2.5-04",
    breaks="attributes=NAME.GIVENNAME shows nothing",
    killed_by="test_attributes_take_standard_notation",
)
def attributes_param_case_sensitive(request: Request, server: Server) -> Reply:
    return server(request.with_parameters(attributes="id") if _asked(request).isupper() else request)


@defect(
    "attributes-param-blank-not-stripped",
    source="RFC7644-3.9-05",
    breaks="behind a comma and a blank a name is not known",
    killed_by="test_attributes_are_a_comma_separated_list",
)
def attributes_param_blank_not_stripped(request: Request, server: Server) -> Reply:
    known = [name for name in _asked(request).split(",") if not name.startswith(" ")]
    return server(request.with_parameters(attributes=",".join(known)) if ", " in _asked(request) else request)


@defect(
    "attributes-param-unknown-refused",
    source="RFC7644-3.9-07",
    breaks="an unknown name in attributes is refused with 400",
    killed_by="test_unknown_names_in_attributes_do_no_harm",
    verdict="WARN",
)
def attributes_param_unknown_refused(request: Request, server: Server) -> Reply:
    return Reply.error(400, "invalidValue") if "nknown" in _asked(request) else server(request)


@defect(
    "attributes-param-both-is-500",
    source="RFC7644-3.9-03",
    breaks="attributes and excludedAttributes together are a 500",
    killed_by="test_both_parameters_do_no_harm",
)
def attributes_param_both_is_500(request: Request, server: Server) -> Reply:
    both = {"attributes", "excludedAttributes"} <= request.parameters.keys()
    return Reply.error(500) if both else server(request)


@defect(
    "excluded-part-takes-the-whole",
    source="RFC7644-3.9-06",
    breaks="excludedAttributes=name.givenName takes the whole of name away",
    killed_by="test_excluded_attributes_are_left_out test_part_of_an_attribute_can_be_excluded_in_lists",
)
def excluded_part_takes_the_whole(request: Request, server: Server) -> Reply:
    excluded = request.parameters.get("excludedAttributes", "")
    return server(
        request.with_parameters(excludedAttributes=excluded.replace(".givenName", "")) if excluded else request
    )


@defect(
    "extension-asked-for-by-urn-is-empty",
    source="RFC7644-3.9-08",
    breaks="the bare URN of an extension in attributes shows nothing of it",
    killed_by="test_extension_attributes_are_asked_for_by_urn",
)
def extension_asked_for_by_urn_is_empty(request: Request, server: Server) -> Reply:
    bare = _asked(request).endswith("enterprise:2.0:User")
    return server(request.with_parameters(attributes="id") if bare else request)


@defect(
    "default-attribute-shown-on-request-only",
    source="RFC7644-3.9-01",
    breaks="title shows when it is asked for, and not by default",
    killed_by="test_plain_get_shows_the_default_set",
)
def default_attribute_shown_on_request_only(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.method != "GET" or "attributes" in request.parameters:
        return reply
    return reply.each_resource(lambda item: {name: value for name, value in item.items() if name != "title"})


@defect(
    "password-or-secret-returned",
    source="RFC7643-7-27",
    breaks="attributes=password shows the password",
    killed_by="test_password_cannot_be_asked_for",
)
def password_or_secret_returned(request: Request, server: Server) -> Reply:
    if request.is_("POST", "/Users"):
        server.memory["password"] = request.json.get("password")
    reply = server(request)
    secret = server.memory.get("password")
    return reply.each_resource(lambda item: {**item, "password": secret}) if "password" in _asked(request) else reply


@defect(
    "answer-to-a-write-not-projected",
    source="RFC7644-3.9-02",
    breaks="the answer to a POST or PUT ignores attributes",
    killed_by="test_answers_to_writes_are_projected",
    verdict="WARN",
)
def answer_to_a_write_not_projected(request: Request, server: Server) -> Reply:
    return server(_all_of_it(request) if request.method in ("POST", "PUT") else request)


@defect(
    "patch-path-urn-stored-nowhere",
    source="RFC7644-3.10-01",
    breaks="a PATCH path with the core URN is answered with success, and nothing happens",
    killed_by="test_patch_paths_take_full_names",
)
def patch_path_urn_stored_nowhere(request: Request, server: Server) -> Reply:
    lost = any(str(operation.get("path")).startswith(CORE) for operation in request.operations)
    return server(Request("GET", request.path, "", request.headers)) if lost else server(request)
