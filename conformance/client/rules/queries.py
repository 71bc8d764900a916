"""Queries: filters, projections, and searches."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.client.attributes import parsed_path
from conformance.client.journey import Journey
from conformance.client.rule import Complaint, Judged
from conformance.client.sent import Sent, named_value
from conformance.model.definitions import Definitions, type_of
from conformance.model.filter_model import place_of
from conformance.model.filter_text import (
    And,
    Compare,
    Not,
    NotAFilter,
    Or,
    Present,
    Reader,
    Tree,
    ValuePath,
    parse_filter,
)
from conformance.requirements.json_values import json_of

SEARCH_REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"


def _filters(journey: Journey) -> Iterator[tuple[Sent, str]]:
    for sent in journey.sent:
        held = sent.body.get("filter") if sent.is_search else sent.parameters.get("filter")
        if held is not None and (sent.method == "GET" or sent.is_search):
            yield sent, str(held)


def _trees(journey: Journey) -> Iterator[tuple[Sent, Tree, Definitions | None]]:
    for sent, text in _filters(journey):
        try:
            yield sent, parse_filter(text), journey.definitions(sent.endpoint)
        except NotAFilter:
            continue


def filter_parses(journey: Journey) -> Judged:
    for sent, text in _filters(journey):
        try:
            parse_filter(text)
        except NotAFilter as error:
            yield sent, Complaint("The filter does not follow the grammar.", 'attribute op "value"', str(error)[-160:])
        else:
            yield sent, None


def filter_attributes_are_known(journey: Journey) -> Judged:
    for sent, tree, known in _trees(journey):
        for leaf in _leaves(tree) if known else ():
            unknown = known is not None and place_of(leaf.path, known) is None
            message = "The filter names an attribute that the server's schemas do not have."
            yield sent, Complaint(message, "an attribute of /Schemas", str(leaf.path)) if unknown else None


def filter_names_sub_attributes(journey: Journey) -> Judged:
    for sent, tree, known in _trees(journey):
        for leaf in _leaves(tree):
            found = place_of(leaf.path, known) if known else None
            if isinstance(leaf, Compare) and found is not None:
                whole = type_of(found.last) == "complex"
                message = "The filter compares a complex attribute without naming a sub-attribute."
                yield sent, Complaint(message, f"{leaf.path}.value", str(leaf.path)) if whole else None


def filter_values_fit(journey: Journey) -> Judged:
    for sent, tree, known in _trees(journey):
        for leaf in _leaves(tree):
            found = place_of(leaf.path, known) if known else None
            if isinstance(leaf, Compare) and found is not None and leaf.value is not None:
                boolean = type_of(found.last) == "boolean"
                wrong = boolean != isinstance(leaf.value, bool) and type_of(found.last) in ("boolean", "string")
                told = Complaint(
                    f"The filter compares {leaf.path} with a value of another type.", "", json_of(leaf.value)
                )
                yield sent, told if wrong else None


def no_filter_on_passwords(journey: Journey) -> Judged:
    for sent, tree, _ in _trees(journey):
        for leaf in _leaves(tree):
            leaked = leaf.path.name.lower() == "password"
            yield sent, Complaint("The filter contains a password.", "no password", "password") if leaked else None


def simple_filters(journey: Journey) -> Judged:
    for sent, tree, _ in _trees(journey):
        fits = _is_simple(tree)
        yield sent, None if fits else Complaint("The filter uses more than eq and and.", "eq, and", sent.filter[:120])


def filters_belong_to_reads(journey: Journey) -> Judged:
    for sent in journey.sent:
        if sent.parameters and not sent.is_search:
            wrong = sent.method != "GET" and "filter" in sent.parameters
            yield sent, Complaint("The URL of a write has a filter.", "GET", sent.told) if wrong else None


def one_projection(journey: Journey) -> Judged:
    for sent in journey.sent:
        held = {**sent.parameters, **(sent.body if sent.is_search else {})}
        names = [name for name in ("attributes", "excludedAttributes") if held.get(name)]
        if names:
            both = len(names) > 1
            yield sent, Complaint("The request has both projections.", "one of them", sent.told) if both else None


def projection_names(journey: Journey) -> Judged:
    for sent in journey.sent:
        for name in ("attributes", "excludedAttributes"):
            if text := sent.parameters.get(name):
                bad = [part for part in text.split(",") if not _is_name(part.strip())]
                told = Complaint(f"{name} is not a list of attribute names.", "names with commas", text[:120])
                yield sent, told if bad else None


def sort_names_sub_attributes(journey: Journey) -> Judged:
    for sent in journey.sent:
        held = sent.body.get("sortBy") if sent.is_search else sent.parameters.get("sortBy")
        known = journey.definitions(sent.endpoint)
        if isinstance(held, str) and held and known:
            parsed = parsed_path(held)
            found = place_of(parsed.attribute, known) if parsed else None
            whole = parsed is None or (found is not None and type_of(found.last) == "complex")
            told = Complaint("sortBy does not name a single value.", "name.familyName", held[:80])
            yield sent, told if whole else None


def search_schema(journey: Journey) -> Judged:
    for sent in journey.sent:
        if sent.is_search:
            held = named_value(sent.body, "schemas")
            fits = isinstance(held, list) and SEARCH_REQUEST in held
            told = Complaint("The search does not have the schema of its message.", SEARCH_REQUEST, json_of(held, 120))
            yield sent, None if fits else told


def search_attributes_are_lists(journey: Journey) -> Judged:
    for sent in journey.sent:
        for name in ("attributes", "excludedAttributes") if sent.is_search else ():
            if (held := named_value(sent.body, name)) is not None:
                fits = isinstance(held, list) and all(isinstance(one, str) and _is_name(one) for one in held)
                told = Complaint(f"{name} of a search is not a list of names.", "an array of names", json_of(held, 120))
                yield sent, None if fits else told


def matching_by_filter(journey: Journey) -> Judged:
    """Only a client that reads the whole list without ever using a filter looks for one resource in the wrong way."""
    lists = [sent for sent in journey.sent if sent.is_list and sent.endpoint == "Users"]
    made = [write for write in journey.created if write.endpoint == "Users"]
    if lists and made:
        filtered = any(sent.filter for sent in lists)
        told = Complaint("The client reads the whole list to find a user.", "GET /Users?filter=userName eq …")
        yield lists[0], None if filtered else told


def _is_name(text: str) -> bool:
    reader = Reader(text)
    try:
        reader.attribute()
        reader.end()
    except NotAFilter:
        return bool(re.fullmatch(r"urn:[\w.:-]+", text, re.I))
    return True


def _leaves(tree: Tree) -> Iterator[Present | Compare]:
    """The comparisons outside of brackets."""
    match tree:
        case And(left, right) | Or(left, right):
            yield from _leaves(left)
            yield from _leaves(right)
        case Not(inner):
            yield from _leaves(inner)
        case ValuePath():
            return
        case _:
            yield tree


def _is_simple(tree: Tree) -> bool:
    match tree:
        case And(left, right):
            return _is_simple(left) and _is_simple(right)
        case Compare(_, operator, _):
            return operator == "eq"
        case _:
            return False
