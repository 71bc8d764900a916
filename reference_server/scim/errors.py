"""The errors of SCIM, each with its HTTP status and scimType (RFC 7644 section 3.12).

ScimError
├── BadRequest 400
│   ├── InvalidFilter · InvalidPath · InvalidSyntax · InvalidValue · NoTarget · Mutability · TooMany
│   └── InvalidCursor · ExpiredCursor · InvalidCount (RFC 9865)
├── Unauthorized 401 · Forbidden 403 · NotFound 404 · MethodNotAllowed 405
├── Uniqueness 409 · PreconditionFailed 412 · PayloadTooLarge 413 · UnsupportedMediaType 415 · TooManyRequests 429
└── NotImplementedHere 501
"""

from __future__ import annotations

from typing import Any

ERROR_URN = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """A SCIM error with its status and scimType. The message is the `detail` and never contains a secret."""

    status = 500
    scim_type: str | None = None

    @property
    def detail(self) -> str:
        return str(self)

    def body(self) -> dict[str, Any]:
        """The error response. `status` is a string, as the RFC requires."""
        body = {"schemas": [ERROR_URN], "status": str(self.status), "detail": self.detail}
        return {**body, "scimType": self.scim_type} if self.scim_type else body


class BadRequest(ScimError):
    status = 400


class InvalidFilter(BadRequest):
    scim_type = "invalidFilter"


class InvalidPath(BadRequest):
    scim_type = "invalidPath"


class InvalidSyntax(BadRequest):
    scim_type = "invalidSyntax"


class InvalidValue(BadRequest):
    scim_type = "invalidValue"


class NoTarget(BadRequest):
    scim_type = "noTarget"


class Mutability(BadRequest):
    scim_type = "mutability"


class TooMany(BadRequest):
    scim_type = "tooMany"


class InvalidCursor(BadRequest):
    scim_type = "invalidCursor"


class ExpiredCursor(BadRequest):
    scim_type = "expiredCursor"


class InvalidCount(BadRequest):
    scim_type = "invalidCount"


class Unauthorized(ScimError):
    status = 401


class Forbidden(ScimError):
    status = 403


class NotFound(ScimError):
    status = 404


class MethodNotAllowed(ScimError):
    status = 405


class Uniqueness(ScimError):
    status = 409
    scim_type: str | None = "uniqueness"


class PreconditionFailed(ScimError):
    status = 412


class PayloadTooLarge(ScimError):
    status = 413


class UnsupportedMediaType(ScimError):
    status = 415


class TooManyRequests(ScimError):
    """429 with the seconds to wait (RFC 9110 section 10.2.3)."""

    status = 429

    def __init__(self, detail: str, seconds: int = 1) -> None:
        super().__init__(detail)
        self.seconds = seconds


class NotImplementedHere(ScimError):
    status = 501
