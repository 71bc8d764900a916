"""ServiceProviderConfig, ResourceTypes, and Schemas (RFC 7644 section 4, RFC 7643 sections 5 to 7)."""

from __future__ import annotations

from typing import Any

import orjson

from reference_server.endpoints.call import Call
from reference_server.endpoints.replies import Reply, json_reply
from reference_server.scim.errors import Forbidden, NotFound
from reference_server.scim.paging import CURSOR_SECONDS, list_response
from reference_server.scim.resource_type import ResourceTypes
from reference_server.settings import Limits

CONFIG_URN = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"


class Discovery:
    """The three discovery endpoints. The documents are built once; only their locations depend on the connection."""

    def __init__(self, types: ResourceTypes, limits: Limits) -> None:
        self._config = _service_provider_config(limits)
        self._types = {rtype.name: rtype.to_json() for rtype in types}
        self._schemas: dict[str, dict[str, Any]] = {}
        for rtype in types:
            for schema in (rtype.schema, *(extension for extension, _ in rtype.extensions)):
                self._schemas[schema.id] = schema.to_json()
        for schema in types.discovery_schemas:
            self._schemas[schema.id] = schema.to_json()

    def documents(self) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, dict[str, Any]]]:
        """(ServiceProviderConfig, resource types, schemas by URN) without locations."""
        return self._config, list(self._types.values()), self._schemas

    def config(self, call: Call) -> Reply:
        return json_reply(_located(self._config, "ServiceProviderConfig", f"{call.base_url}/ServiceProviderConfig"))

    def resource_types(self, call: Call, name: str | None = None) -> Reply:
        return self._answer(call, self._types, "ResourceType", "ResourceTypes", name)

    def schemas(self, call: Call, urn: str | None = None) -> Reply:
        return self._answer(call, self._schemas, "Schema", "Schemas", urn)

    def _answer(
        self, call: Call, documents: dict[str, dict[str, Any]], kind: str, path: str, wanted: str | None
    ) -> Reply:
        if wanted is not None:
            if wanted not in documents:
                raise NotFound(f"{kind} {wanted} does not exist")
            return json_reply(_located(documents[wanted], kind, f"{call.base_url}/{path}/{wanted}"))
        if "filter" in call.parameters():
            raise Forbidden(f"/{path} does not support filters")  # RFC 7644 section 4
        shown = [_located(document, kind, f"{call.base_url}/{path}/{id_}") for id_, document in documents.items()]
        return Reply(200, list_response([orjson.dumps(document) for document in shown], len(shown), len(shown), 1))


def _located(document: dict[str, Any], kind: str, location: str) -> dict[str, Any]:
    return {**document, "meta": {"resourceType": kind, "location": location}}


def _service_provider_config(limits: Limits) -> dict[str, Any]:
    return {
        "schemas": [CONFIG_URN],
        "documentationUri": "https://www.rfc-editor.org/rfc/rfc7644",
        "patch": {"supported": True},
        "bulk": {
            "supported": True,
            "maxOperations": limits.max_bulk_operations,
            "maxPayloadSize": limits.max_body_bytes,
        },
        "filter": {"supported": True, "maxResults": limits.max_filter_results},
        "changePassword": {"supported": False},
        "pagination": {
            "cursor": True,
            "index": True,
            "defaultPaginationMethod": "index",
            "defaultPageSize": limits.default_page,
            "maxPageSize": limits.max_filter_results,
            "cursorTimeout": CURSOR_SECONDS,
        },
        "sort": {"supported": True},
        "etag": {"supported": True},
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "The token of the SCIM connection, which is shown only when it is created or rotated.",
                "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
                "primary": True,
            }
        ],
    }
