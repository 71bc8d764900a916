"""/Me: an alias for the user who is associated with the authenticated subject (RFC 7644 section 3.11).

A connection's token belongs to a provider, not to a user, so the connection setting `me` (a userName) selects the user.
Without it, the endpoint returns 501, as the RFC specifies.
"""

from __future__ import annotations

from reference_server.endpoints.call import Call
from reference_server.scim.errors import NotFound, NotImplementedHere
from reference_server.scim.resource_type import ResourceType
from reference_server.shadow.resources import Shadow


def resource_of(shadow: Shadow, call: Call) -> tuple[ResourceType, str]:
    """(resource type, id) of the user that /Me refers to; raises NotImplementedHere or NotFound."""
    name = call.caller.me
    if name is None:
        raise NotImplementedHere(
            "/Me is not configured for this connection; set the connection setting me to a userName"
        )
    for rtype in shadow.types:
        for unique in rtype.unique:
            for key in rtype.index_keys[unique]({unique: name}):
                for record in call.scope.resources[rtype.name].find(unique, key):
                    return rtype, record["id"]
    raise NotFound("the user that /Me refers to does not exist")
