"""/Me: the resource of whoever the token stands for (RFC 7644 3.11).

A connection's token stands for a provider, not for a person, so a connection names the user that /Me is an alias of
(its setting `me`, a userName). Without one the endpoint answers 501, as the RFC says.
"""

from __future__ import annotations

from reference_server.endpoints.call import Call
from reference_server.scim.errors import NotFound, NotImplementedHere
from reference_server.scim.resource_type import ResourceType
from reference_server.shadow.resources import Shadow


def resource_of(shadow: Shadow, call: Call) -> tuple[ResourceType, str]:
    """(resource type, id) that /Me stands for on this connection; raises NotImplementedHere or NotFound."""
    name = call.caller.me
    if name is None:
        raise NotImplementedHere("no user is named as /Me of this connection")
    for rtype in shadow.types:
        for unique in rtype.unique:
            for key in rtype.index_keys[unique]({unique: name}):
                for record in call.scope.resources[rtype.name].find(unique, key):
                    return rtype, record["id"]
    raise NotFound("the user named as /Me of this connection does not exist")
