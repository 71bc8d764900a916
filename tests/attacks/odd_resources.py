"""Odd values for attributes of every shape, and queries and PATCH operations over what was stored of them."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import urlencode

from tests.reference_server.device_schema import attribute
from tests.support import ENTERPRISE, GROUP, PATCH, USER

ODD = "urn:example:params:scim:schemas:2.0:Odd"
MORE = "urn:example:params:scim:schemas:extension:more:2.0:Odd"
TYPES = ("string", "boolean", "decimal", "integer", "dateTime", "reference", "binary")
MANY: dict[str, Any] = {"multiValued": True}
PARTS = [
    attribute("value"),
    attribute("type"),
    attribute("display"),
    attribute("primary", "boolean"),
    *(attribute(f"{type_}Part", type_) for type_ in TYPES),
    *(attribute(f"{type_}Parts", type_, **MANY) for type_ in TYPES),
]
ATTRIBUTES = [
    attribute("key", required=True, uniqueness="server"),
    *(attribute(f"{type_}One", type_) for type_ in TYPES),
    *(attribute(f"{type_}Many", type_, **MANY) for type_ in TYPES),
    attribute("exactMany", caseExact=True, **MANY),
    attribute("uniqueMany", uniqueness="server", **MANY),
    attribute("complexOne", "complex", subAttributes=PARTS),
    attribute("complexMany", "complex", subAttributes=PARTS, **MANY),
    attribute("valueless", "complex", subAttributes=PARTS[1:], **MANY),
]
SCHEMAS: list[dict[str, Any]] = [
    {"id": ODD, "name": "Odd", "attributes": ATTRIBUTES},
    {"id": MORE, "name": "More", "attributes": ATTRIBUTES[1:]},
    {
        "name": "Odd",
        "endpoint": "/Odds",
        "schema": ODD,
        "schemaExtensions": [{"schema": MORE, "required": False}],
        "indexes": ["key", "externalId", "uniqueMany", "complexMany.value", "dateTimeOne"],
    },
]
ENDPOINTS = {
    "/Odds": (ODD, ["key", *(item["name"] for item in ATTRIBUTES[1:])]),
    "/Users": (USER, ["userName", "name", "emails", "phoneNumbers", "addresses", "active", "title", "x509Certificates", "roles", "groups"]),
    "/Groups": (GROUP, ["displayName", "members"]),
}  # fmt: skip
COMPLEX = [
    "complexOne",
    "complexMany",
    "valueless",
    "name",
    "emails",
    "phoneNumbers",
    "addresses",
    "x509Certificates",
    "roles",
    "manager",
]
EXTENSIONS = {"/Odds": MORE, "/Users": ENTERPRISE}
COMMON = ["id", "externalId", "meta", "meta.created", "meta.lastModified", "meta.version", "schemas"]
PART_NAMES = [part["name"] for part in PARTS] + ["nope", "$ref", "givenName", "familyName", "value.value"]
MOMENTS = [
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00", "9999-12-31T23:59:59", "2026-03-02T06:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02",
    "2026-W10-1T06:00:00Z", "2026-03-02T06:00:00+23:59", "2026-03-02T06:00:60Z", "10000-01-01T00:00:00Z",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, "true", "False", 0, -1, 1, 1.5, -0.0, 2**31, 2**53 + 1, 2**63, 2**64 - 1, 1e308, 5e-324,
    "", " ", "a", "A", "é", "e\u0301", "\u0000", "\u202e", "\ufeff", "\U0001f600", "ﬁ", "İ", "ẞ", '"', "\\", "%", "a" * 300, "YQ==", "YQ",
    {}, [], [[]], [None], [{}], [{}, {}], [""], ["", "a"], ["a", "A", "a"], [1, "1", True], [0, False, 0.0],
    {"nope": 1}, [{"nope": 1}], [{"nope": 1}, {"value": "a"}], [{"type": "work"}], [{"primary": True}], [{"primary": "True"}],
    {"value": "a"}, {"value": None}, {"value": ""}, {"value": {}}, {"value": []}, {"value": ["a"]}, [{"value": "a"}, {"value": "A"}],
    [{"value": "a", "type": "work"}, {"value": "a", "type": "home", "primary": True}], [{"value": 1}], '{"value":"a"}', '[{"value":"a"}]',
    {"type": "work", "display": "x"}, {"stringParts": ["a", "b"]}, [{"stringParts": ["a"]}, {"dateTimeParts": MOMENTS[:4]}],
    [{"booleanPart": True}, {"integerPart": 2**63}], [{"decimalPart": 1e308}], {"integerParts": [1, 2]}, {"nope": {"nope": {}}},
    *MOMENTS, MOMENTS[:4], [{"dateTimePart": moment} for moment in MOMENTS[:4]], {"dateTimePart": MOMENTS[3]},
]  # fmt: skip
FITTING: dict[str, list[Any]] = {
    "string": ["", " ", "a", "A", "é", "e\u0301", "\u0000", "ﬁ", "İ", "a" * 300, "1", "true"],
    "boolean": [True, False, "true", "False"],
    "decimal": [0, -0.0, 1.5, 1e308, 5e-324, 2**63, -1],
    "integer": [0, -1, 2**31, 2**53 + 1, 2**63, 2**64 - 1],
    "dateTime": MOMENTS[:9],
    "reference": ["", "a", "urn:a", "/Users/a", "\u0000"],
    "binary": ["YQ==", "YQ", "", "_-8"],
}
OPERATORS = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ"]
LITERALS = ["true", "false", "null", "0", "-1", "1.5", "1e308", "9223372036854775808", '"a"', '"A"', '""', '"True"', '"\\u0000"', '"é"',
            '"YQ=="', '"work"', '"\\ud800"', *(f'"{moment}"' for moment in MOMENTS)]  # fmt: skip


class OddRequests:
    """Requests by the dice: what is stored is odd, and so is what is asked for."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._number = 0
        self._at = "/Odds"  # the endpoint that the request is for
        self.ids: list[str] = []  # paths of resources that exist

    def next(self) -> tuple[str, str, Any]:
        """(method, target, body or None)."""
        kind = self._dice.random()
        if kind < 0.2 or not self.ids:
            return self.create()
        if kind < 0.55:
            path = self._dice.choice(self.ids)
            self._at = "/" + path.split("/")[1]
            if kind < 0.45:
                return "PATCH", path, self._patch()
            return ("PUT", path, self._resource()) if kind < 0.5 else ("GET", f"{path}?{self._query()}", None)
        self._at = self._dice.choice(list(ENDPOINTS))
        return "GET", f"{self._at if self._dice.random() < 0.9 else '/'}?{self._query()}", None

    def create(self) -> tuple[str, str, Any]:
        self._at = self._dice.choice(list(ENDPOINTS))
        return "POST", self._at, self._resource()

    def _resource(self) -> dict[str, Any]:
        endpoint, (schema, names) = self._at, ENDPOINTS[self._at]
        self._number += 1
        made: dict[str, Any] = {"schemas": [schema], names[0]: f"n{self._number}"}
        if self._dice.random() < 0.1:
            made[names[0]] = self._dice.choice(VALUES)
        for name in self._dice.sample(names[1:], min(len(names) - 1, self._dice.randint(1, 4))):
            made[name] = self._value(name)
        if endpoint in EXTENSIONS and self._dice.random() < 0.4:
            inner = self._dice.choice([*(item["name"] for item in ATTRIBUTES[1:]), "manager", "department", "nope"])
            made[EXTENSIONS[endpoint]] = {inner: self._value(inner)} if self._dice.random() < 0.8 else self._value("")
        return made

    def _value(self, name: str) -> Any:
        """Mostly what the attribute or the part can store, since only that is found by queries; else anything."""
        bare = name.rpartition(":")[2].rpartition(".")[2]
        type_ = next((type_ for type_ in TYPES if bare.startswith(type_)), "string")
        if self._dice.random() < 0.25:
            return self._dice.choice(VALUES)
        if bare in COMPLEX:
            many = bare not in ("complexOne", "name", "manager")
            elements = [self._element() for _ in range(self._dice.randint(0, 3) if many else 1)]
            return elements if many else elements[0]
        if bare.endswith(("Many", "Parts")):
            return [self._dice.choice(FITTING[type_]) for _ in range(self._dice.randint(0, 3))]
        return self._dice.choice(FITTING[type_])

    def _element(self) -> dict[str, Any]:
        return {name: self._value(name) for name in self._dice.sample(PART_NAMES, self._dice.randint(0, 3))}

    def _name(self, part: bool | None = None) -> str:
        """An attribute, one of its parts, an extension's, or, one time in ten, one that another type has."""
        endpoint = self._at if self._dice.random() < 0.9 else self._dice.choice(list(ENDPOINTS))
        names = ENDPOINTS[endpoint][1]
        name: str = self._dice.choice([*names, *COMMON] if self._dice.random() < 0.7 else [*COMPLEX, "schemas"])
        if self._dice.random() < 0.15 and endpoint in EXTENSIONS:
            inner = [item["name"] for item in ATTRIBUTES[1:]] if endpoint == "/Odds" else ["manager", "department"]
            name = f"{EXTENSIONS[endpoint]}:{self._dice.choice(inner)}"
        if part is not False and (name.rpartition(":")[2] in COMPLEX or self._dice.random() < 0.05):
            name += self._dice.choice(["", "." + self._part()])
        return name

    def _part(self) -> str:
        if self._at == "/Odds" and self._dice.random() < 0.9:
            return str(self._dice.choice(PARTS)["name"])
        return str(self._dice.choice([*PART_NAMES, "value", "type", "primary", "display"]))

    def _literal(self, name: str) -> str:
        bare = name.rpartition(":")[2].rpartition(".")[2]
        type_ = next((type_ for type_ in TYPES if bare.startswith(type_)), "boolean" if bare == "primary" else "string")
        if self._dice.random() < 0.2:
            return self._dice.choice(LITERALS)
        return json.dumps(self._dice.choice(FITTING[type_]))

    def _comparison(self, name: str) -> str:
        if self._dice.random() < 0.15:
            return f"{name} pr"
        return f"{name} {self._dice.choice(OPERATORS)} {self._literal(name)}"

    def _term(self) -> str:
        kind = self._dice.random()
        if kind < 0.6:
            return self._comparison(self._name())
        name, inner = self._name(part=False), self._comparison(self._part())
        if self._dice.random() < 0.3:
            inner += f" {self._dice.choice(['and', 'or'])} {self._comparison(self._part())}"
        return f"{name}[{inner}]" if kind < 0.9 else f"{name}[{inner}].{self._comparison(self._part())}"

    def _filter(self) -> str:
        text = self._term()
        while self._dice.random() < 0.3:
            text = f"{text} {self._dice.choice(['and', 'or'])} {self._term()}"
        return f"not ({text})" if self._dice.random() < 0.2 else text

    def _query(self) -> str:
        made: dict[str, str] = {}
        if self._dice.random() < 0.7:
            made["filter"] = self._filter()
        if self._dice.random() < 0.6:
            made["sortBy"] = self._name()
            made["sortOrder"] = self._dice.choice(["ascending", "descending"])
        if self._dice.random() < 0.3:
            made[self._dice.choice(["attributes", "excludedAttributes"])] = ",".join(self._name() for _ in range(2))
        if self._dice.random() < 0.2:
            made["count"] = self._dice.choice(["0", "1", "2", "-1", "9" * 20, "²"])
        if self._dice.random() < 0.2:
            made[self._dice.choice(["startIndex", "cursor"])] = self._dice.choice(["", "", "2", "-5", "9" * 30, "x"])
        return urlencode(made)

    def _patch(self) -> dict[str, Any]:
        return {"schemas": [PATCH], "Operations": [self._operation() for _ in range(self._dice.randint(1, 3))]}

    def _operation(self) -> dict[str, Any]:
        made: dict[str, Any] = {"op": self._dice.choice(["add", "add", "replace", "remove"])}
        kind = self._dice.random()
        if kind < 0.45:
            made["path"] = self._name()
        elif kind < 0.85:
            made["path"] = f"{self._name(part=False)}[{self._comparison(self._part())}]"
            if self._dice.random() < 0.6:
                made["path"] += "." + self._part()
        if made["op"] != "remove" or self._dice.random() < 0.4:
            name = self._name()
            value = self._value(made["path"].partition("[")[0] if "path" in made else name)
            made["value"] = value if "path" in made else {name: value}
        return made
