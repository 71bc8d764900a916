"""Defects of e-mails, phones, addresses, roles and the enterprise extension of users (RFC 7643 sections 4.1.2 and 4.3)."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.lists import asks, kept
from conformance.defects.replies import (
    ENTERPRISE,
    Resource,
    body_of,
    sent,
    with_elements,
    with_extension,
    with_values,
    without,
)
from conformance.defects.wire import Reply, Request, Server


@defect(
    "email-in-small-letters",
    source="RFC7643-4.1.2-02",
    breaks="the part of an address before @ is turned into small letters",
    killed_by="test_domain_alone_may_be_canonicalised",
    verdict="WARN",
)
def email_in_small_letters(request: Request, server: Server) -> Reply:
    return with_elements(request, server, "emails", lambda item: {**item, "value": str(item.get("value")).lower()})


@defect(
    "email-with-a-display-of-its-own",
    source="RFC7643-4.1.2-03",
    breaks="the server adds a display to an e-mail that is not the address",
    killed_by="test_display_of_an_email_that_nobody_sent_is_its_value",
    verdict="WARN",
)
def email_with_a_display_of_its_own(request: Request, server: Server) -> Reply:
    return with_elements(request, server, "emails", lambda item: {"display": "Work mail", **item})


@defect(
    "type-of-ones-own-is-500",
    source="RFC7643-4.1.2-04",
    breaks="a type outside canonicalValues violates a constraint",
    killed_by="test_type_of_ones_own_is_kept_dropped_or_refused",
    verdict="WARN",
)
def type_of_ones_own_is_500(request: Request, server: Server) -> Reply:
    kinds = [item.get("type") for item in body_of(request).get("emails") or ()]
    return server(request) if set(kinds) <= {"work", "home", "other", None} else Reply.error(500)


@defect(
    "phone-number-cut",
    source="RFC7643-4.1.2-06",
    breaks="a phone number loses its country code",
    killed_by="test_phone_number_stays_the_same_number",
    verdict="WARN",
)
def phone_number_cut(request: Request, server: Server) -> Reply:
    return with_elements(
        request, server, "phoneNumbers", lambda item: {**item, "value": str(item.get("value")).replace("tel:+1-", "")}
    )


@defect(
    "phone-types-folded",
    source="RFC7643-4.1.2-08",
    breaks="every phone is one of work",
    killed_by="test_phone_of_each_type_is_kept",
)
def phone_types_folded(request: Request, server: Server) -> Reply:
    return with_elements(request, server, "phoneNumbers", lambda item: {**item, "type": "work"})


@defect(
    "instant-messenger-dropped",
    source="RFC7643-4.1.2-10",
    breaks="ims is declared and stored nowhere",
    killed_by="test_instant_messenger_is_kept",
    verdict="WARN",
)
def instant_messenger_dropped(request: Request, server: Server) -> Reply:
    return sent(request, server, lambda body: without(body, "ims"))


@defect(
    "one-photo-only",
    source="RFC7643-4.1.2-15",
    breaks="of photo and thumbnail the first is kept",
    killed_by="test_photo_and_thumbnail_are_kept",
)
def one_photo_only(request: Request, server: Server) -> Reply:
    return with_values(request, server, photos=lambda held: held[:1])


@defect(
    "address-on-one-line",
    source="RFC7643-4.1.2-17",
    breaks="new lines of an address become blanks",
    killed_by="test_address_has_all_its_parts",
)
def address_on_one_line(request: Request, server: Server) -> Reply:
    def flat(item: Resource) -> Resource:
        return {part: str(text).replace("\n", " ") for part, text in item.items()}

    return with_elements(request, server, "addresses", flat)


@defect(
    "address-without-region",
    source="RFC7643-4.1.2-16",
    breaks="region of an address is stored nowhere",
    killed_by="test_address_has_all_its_parts test_address_of_one_part_is_taken",
)
def address_without_region(request: Request, server: Server) -> Reply:
    return with_elements(request, server, "addresses", lambda item: without(item, "region"))


@defect(
    "country-spelt-out",
    source="RFC7643-4.1.2-18",
    breaks="the country US is shown as USA",
    killed_by="test_country_is_a_code_of_two_letters",
)
def country_spelt_out(request: Request, server: Server) -> Reply:
    return with_elements(
        request, server, "addresses", lambda item: {**item, "country": "USA"} if item.get("country") == "US" else item
    )


@defect(
    "one-role-only",
    source="RFC7643-4.1.2-26",
    breaks="of several roles the last is kept",
    killed_by="test_rights_are_free_in_form",
)
def one_role_only(request: Request, server: Server) -> Reply:
    return with_values(request, server, roles=lambda held: held[-1:])


@defect(
    "entitlement-without-type",
    source="RFC7643-4.1.2-25",
    breaks="an entitlement loses its type",
    killed_by="test_rights_are_free_in_form",
)
def entitlement_without_type(request: Request, server: Server) -> Reply:
    return with_elements(request, server, "entitlements", lambda item: without(item, "type"))


# ── the enterprise extension ──


@defect(
    "cost-center-dropped",
    source="RFC7643-4.3-03",
    breaks="costCenter is declared and stored nowhere",
    killed_by="test_enterprise_attribute_is_created_changed_and_removed",
)
def cost_center_dropped(request: Request, server: Server) -> Reply:
    return with_extension(request, server, lambda held: without(held, "costCenter"))


@defect(
    "filter-on-extension-finds-nobody",
    source="RFC7643-4.3-06",
    breaks="a filter with the extension's URN finds nobody",
    killed_by="test_enterprise_attribute_is_found_by_its_full_path",
)
def filter_on_extension_finds_nobody(request: Request, server: Server) -> Reply:
    return kept(server(request), lambda _: False) if asks(request, ENTERPRISE) else server(request)


@defect(
    "manager-returned-as-text",
    source="RFC7643-4.3-07",
    breaks="the manager is shown as its id alone",
    killed_by="test_manager_comes_back_as_an_object test_manager_has_a_reference",
    verdict="WARN",
)
def manager_returned_as_text(request: Request, server: Server) -> Reply:
    return with_extension(
        request, server, lambda held: {**held, "manager": held["manager"]["value"]} if "manager" in held else held
    )


@defect(
    "manager-without-reference",
    source="RFC7643-4.3-09",
    breaks="the manager has no $ref",
    killed_by="test_manager_has_a_reference",
    verdict="WARN",
)
def manager_without_reference(request: Request, server: Server) -> Reply:
    return with_extension(
        request,
        server,
        lambda held: {**held, "manager": without(held["manager"], "$ref")} if "manager" in held else held,
    )


@defect(
    "manager-named-by-the-client",
    source="RFC7643-4.3-10",
    breaks="manager.displayName of a create is stored",
    killed_by="test_display_name_of_a_manager_is_the_servers",
    verdict="WARN",
)
def manager_named_by_the_client(request: Request, server: Server) -> Reply:
    manager = (body_of(request).get(ENTERPRISE) or {}).get("manager")
    name = manager.get("displayName") if isinstance(manager, dict) else None
    name = server.memory["name"] = name or server.memory.get("name")

    def named(held: Resource) -> Resource:
        return {**held, "manager": {**held["manager"], "displayName": name}} if "manager" in held else held

    return with_extension(request, server, named) if name else server(request)


@defect(
    "unknown-manager-dropped",
    source="RFC7643-4.3-08",
    breaks="a manager who does not exist is dropped without a word",
    killed_by="test_manager_who_does_not_exist_is_stored_or_refused",
    verdict="WARN",
)
def unknown_manager_dropped(request: Request, server: Server) -> Reply:
    return sent(
        request,
        server,
        lambda body: body if server.get(f"/Users/{_manager(body)}", request) else without(body, ENTERPRISE),
        "POST",
    )


def _manager(body: Resource) -> str:
    manager = (body.get(ENTERPRISE) or {}).get("manager")
    return str(manager.get("value")) if isinstance(manager, dict) else ""
