"""Defects of values: types in JSON, texts, moments, binaries, names (RFC 7643 sections 2.1 and 2.3)."""

from __future__ import annotations

import unicodedata

import orjson

from conformance.defects.catalogue import defect
from conformance.defects.lists import asks, kept
from conformance.defects.replies import ENTERPRISE, Resource, body_of, sent, with_elements, with_values, without
from conformance.defects.wire import Reply, Request, Server


@defect(
    "primary-returned-as-text",
    source="wso2/product-is#7320",
    breaks='primary is "true" in what is read',
    killed_by="test_values_have_the_json_type_of_their_schema test_booleans_are_json_literals",
)
def primary_returned_as_text(request: Request, server: Server) -> Reply:
    return with_elements(
        request, server, "emails", lambda item: {**item, "primary": str(item.get("primary", False)).lower()}
    )


@defect(
    "active-text-stored-as-text",
    source="limosa-io/laravel-scim-server#114",
    breaks='active "False" comes back as it was sent',
    killed_by="test_booleans_as_text_never_come_back_as_text",
)
def active_text_stored_as_text(request: Request, server: Server) -> Reply:
    text = body_of(request).get("active")
    if isinstance(text, str):
        server.memory["text"] = text
    held = server.memory.get("text")
    return with_values(request, server, active=lambda _: held) if held else server(request)


@defect(
    "active-text-is-always-true",
    source="RFC7643-2.3.2-01",
    breaks="any text in active counts as true",
    killed_by="test_booleans_as_text_never_come_back_as_text",
)
def active_text_is_always_true(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: {**body, "active": True} if isinstance(body.get("active"), str) else body)


@defect(
    "texts-in-one-byte-letters",
    source="RFC7643-2.3.1-01",
    breaks="letters that Latin-1 lacks become question marks",
    killed_by="test_strings_of_any_script_come_back_as_sent",
)
def texts_in_one_byte_letters(request: Request, server: Server) -> Reply:
    def narrowed(body: Resource) -> Resource:
        text = orjson.dumps(body).decode().encode("latin-1", "replace").decode("latin-1")
        return dict(orjson.loads(text))

    return sent(request, server, narrowed)


@defect(
    "texts-normalised",
    source="RFC7643-2.3.1-01",
    breaks="a letter and its combining mark come back as one letter",
    killed_by="test_strings_of_any_script_come_back_as_sent",
    verdict="WARN",
)
def texts_normalised(request: Request, server: Server) -> Reply:
    return sent(
        request, server, lambda body: dict(orjson.loads(unicodedata.normalize("NFC", orjson.dumps(body).decode())))
    )


@defect(
    "counts-written-as-floats",
    source="RFC7643-2.3.4-01",
    breaks="totalResults is 3.0, maxResults 1000.0",
    killed_by="test_integers_have_neither_fraction_nor_exponent",
)
def counts_written_as_floats(request: Request, server: Server) -> Reply:
    reply = server(request)
    body = reply.json
    if request.method != "GET" or not isinstance(body, dict) or "totalResults" not in body:
        return reply
    return reply.with_json({**body, "totalResults": float(body["totalResults"])})


@defect(
    "moments-with-a-blank",
    source="suvera/scim2-sdk#6",
    breaks="created is 2026-01-31 12:00:00, with a blank for the T",
    killed_by="test_moments_have_date_and_time test_meta_is_complete",
)
def moments_with_a_blank(request: Request, server: Server) -> Reply:
    return with_values(
        request, server, meta=lambda held: {**held, "created": str(held.get("created")).replace("T", " ")}
    )


@defect(
    "moments-in-a-zone-of-nobody",
    source="wso2/product-is#4401",
    breaks="created and lastModified have no offset when one resource is read",
    killed_by="test_moments_have_date_and_time",
    verdict="WARN",
)
def moments_in_a_zone_of_nobody(request: Request, server: Server) -> Reply:
    def local(held: Resource) -> Resource:
        return {**held, **{name: str(held[name]).rstrip("Z") for name in ("created", "lastModified") if name in held}}

    return with_values(request, server, meta=local) if request.is_("GET", "/*/*") else server(request)


@defect(
    "moment-in-small-letters-finds-nobody",
    source="RFC7643-2.3.5-02",
    breaks="a filter with t and z in small letters compares texts",
    killed_by="test_moments_have_no_case",
)
def moment_in_small_letters_finds_nobody(request: Request, server: Server) -> Reply:
    if asks(request, "t00:00:00z"):
        return kept(server(request.with_parameters(filter='userName eq "nobody"')), lambda _: False)
    return server(request)


@defect(
    "first-key-decides",
    source="RFC7643-2.3.8-01",
    breaks="a body that does not begin with schemas loses its name",
    killed_by="test_order_of_keys_means_nothing",
)
def first_key_decides(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: body if next(iter(body)) == "schemas" else without(body, "name"))


# ── binaries ──


@defect(
    "certificate-cut",
    source="RFC7643-2.3.6-01",
    breaks="a certificate comes back without its end",
    killed_by="test_certificate_comes_back_byte_by_byte",
)
def certificate_cut(request: Request, server: Server) -> Reply:
    return with_elements(request, server, "x509Certificates", lambda item: {**item, "value": item["value"][:64]})


@defect(
    "certificate-of-any-text",
    source="RFC7643-2.3.6-01",
    breaks="a binary value is never decoded: any text is taken",
    killed_by="test_what_is_no_base64_is_refused",
    verdict="WARN",
)
def certificate_of_any_text(request: Request, server: Server) -> Reply:
    if any(" " in str(item.get("value")) for item in body_of(request).get("x509Certificates") or ()):
        server.memory["text"] = body_of(request)["x509Certificates"]
        reply = sent(request, server, lambda body: without(body, "x509Certificates"))
    else:
        reply = server(request)
    held = server.memory.get("text")
    return reply.each_resource(lambda item: {**item, "x509Certificates": held}) if held else reply


@defect(
    "certificate-without-padding-is-500",
    source="RFC7643-2.3.6-03",
    breaks="base64 without trailing = breaks the server",
    killed_by="test_padding_of_base64_may_be_left_out",
    verdict="WARN",
)
def certificate_without_padding_is_500(request: Request, server: Server) -> Reply:
    values = [str(item.get("value")) for item in body_of(request).get("x509Certificates") or ()]
    return Reply.error(500) if any(len(value) % 4 for value in values) else server(request)


@defect(
    "certificate-unique",
    source="RFC7643-2.3.6-04",
    breaks="two people cannot share a certificate",
    killed_by="test_binaries_differ_in_case_and_need_not_be_unique",
)
def certificate_unique(request: Request, server: Server) -> Reply:
    value = str(body_of(request, "POST").get("x509Certificates"))
    known = server.memory.setdefault("values", set())
    if value != "None" and value in known:
        return Reply.error(409, "uniqueness")
    known.add(value)
    return server(request)


@defect(
    "body-names-compared-with-case",
    source="RFC7643-2.1-01",
    breaks="TITLE in a body is dropped without a word",
    killed_by="test_attribute_names_of_a_body_are_case_insensitive",
    verdict="WARN",
)
def body_names_compared_with_case(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: without(body, "TITLE"))


@defect(
    "urn-in-capitals-is-500",
    source="RFC7643-2.1-05",
    breaks="a URN in capitals breaks the server",
    killed_by="test_case_of_a_urn_breaks_nothing",
)
def urn_in_capitals_is_500(request: Request, server: Server) -> Reply:
    capitals = ENTERPRISE[:20].upper()
    return Reply.error(500) if capitals in request.path or capitals in request.filter else server(request)
