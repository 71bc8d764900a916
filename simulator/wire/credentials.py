"""Authorizes requests with a bearer token, OAuth 2.0 client credentials (RFC 6749 section 4.4), or a client assertion (RFC 7523).

The file of `--credentials` selects the OAuth method (docs/notes/entra.md 1.3). Secrets are registered here for redaction.
"""

from __future__ import annotations

import base64
import time
import uuid
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote_plus, urlencode

import orjson
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from secrecy.redaction import learn
from simulator.guard.yaml_text import BadYaml, read_yaml
from simulator.wire.body import Unusable
from simulator.wire.http_client import HttpClient, NoResponse
from simulator.wire.urls import BadUrl, http_url

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 3900  # about 65 minutes, like the tokens of Microsoft's workload identity federation
RENEW_BEFORE_SECONDS = 300.0
MAX_ANSWER_BYTES = 65_536


class CredentialsError(Exception):
    """No token is available. The message states the problem and contains no secret."""


class BearerToken:
    """A long-lived bearer token."""

    renewable = False

    def __init__(self, token: str) -> None:
        learn(token)
        self.token = token

    async def current(self) -> str:
        return self.token

    async def renew(self, refused: str) -> str:
        return self.token


class OAuthSettings(BaseModel):
    """The credentials file: a token endpoint, a client id, and the client's secret or private key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token_endpoint: str
    client_id: str
    client_secret: SecretStr | None = None
    client_key: Path | None = None  # a private RSA key (PEM), which signs a client assertion with RS256
    location: Literal["header", "body"] = "header"  # where the client id and secret are sent
    scope: str | None = None
    tenant_id: str = "00000000-0000-0000-0000-000000000000"
    audience: str | None = None  # of the assertion; default: api://<client_id>
    issuer: str | None = None
    subject: str | None = None
    key_id: str | None = None
    timeout_seconds: float = Field(default=30.0, gt=0, le=300)

    @model_validator(mode="after")
    def _one_of_two(self) -> OAuthSettings:
        if (self.client_secret is None) == (self.client_key is None):
            raise ValueError("expected either client_secret or client_key")
        try:
            http_url(self.token_endpoint)
        except BadUrl:
            raise ValueError("token_endpoint: expected an http or https URL") from None
        return self


class OAuthToken:
    """An access token that is requested when needed, renewed before it expires, and renewed once after a 401."""

    renewable = True

    def __init__(self, settings: OAuthSettings) -> None:
        """Raises CredentialsError when the key file is not valid."""
        self._settings = settings
        self._key = None if settings.client_key is None else _read_key(settings.client_key)
        self._token = ""
        self._valid_until = 0.0

    async def current(self) -> str:
        """A token that does not expire soon. Raises CredentialsError."""
        if time.monotonic() >= self._valid_until:
            await self._fetch()
        return self._token

    async def renew(self, refused: str) -> str:
        """A new token after the target rejected `refused`. Concurrent callers share the token that the first one gets."""
        if refused == self._token:
            await self._fetch()
        return self._token

    async def _fetch(self) -> None:
        settings = self._settings
        headers = {"Accept": "application/json"}
        form = {"grant_type": "client_credentials"}
        if self._key is not None:
            form |= {"client_id": settings.client_id, "client_assertion_type": ASSERTION_TYPE}
            form["client_assertion"] = _assertion(settings, self._key)
            learn(form["client_assertion"])
        else:
            secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
            learn(secret)
            if settings.location == "header":  # form-encoded, then Basic (RFC 6749 section 2.3.1)
                pair = f"{quote_plus(settings.client_id)}:{quote_plus(secret)}".encode()
                headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
            else:
                form |= {"client_id": settings.client_id, "client_secret": secret}
        if settings.scope:
            form["scope"] = settings.scope
        status, body = await self._post(form, headers)
        if status != 200:
            told = _text_of(body, "error_description") or _text_of(body, "error")
            raise CredentialsError(f"the token endpoint returned {status}, expected 200{f' ({told})' if told else ''}")
        token, kind = _text_of(body, "access_token"), _text_of(body, "token_type")
        if not token or kind.lower() != "bearer":
            raise CredentialsError('the token endpoint\'s response has no access_token of token_type "Bearer"')
        learn(token)
        seconds = body.get("expires_in")
        lifetime = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else 3600.0
        self._token = token
        self._valid_until = time.monotonic() + max(lifetime - RENEW_BEFORE_SECONDS, lifetime / 2)

    async def _post(self, form: dict[str, str], headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        endpoint = self._settings.token_endpoint
        client = HttpClient(endpoint, timeout_s=self._settings.timeout_seconds)
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            response = await client.request("POST", endpoint, headers, urlencode(form).encode())
            body = orjson.loads(response.body[:MAX_ANSWER_BYTES]) if response.body else {}
            return response.status, body if isinstance(body, dict) else {}
        except NoResponse:
            raise CredentialsError("the token endpoint did not respond in time") from None
        except orjson.JSONDecodeError:
            raise CredentialsError("the token endpoint's response is not JSON") from None
        except (Unusable, OSError, ValueError) as error:
            raise CredentialsError(f"the token endpoint cannot be reached: {type(error).__name__}") from None
        finally:
            client.close()


Credentials = BearerToken | OAuthToken


def load_credentials(path: Path) -> OAuthToken:
    """The credentials in a YAML file. Raises CredentialsError, which names the invalid key but never its value."""
    try:
        document = read_yaml(path.read_text("utf-8"))[0]
    except OSError as error:
        raise CredentialsError(f"{path}: {error.strerror or error}") from None
    except (BadYaml, UnicodeDecodeError):
        raise CredentialsError(f"{path}: expected YAML with token_endpoint, client_id, client_secret") from None
    if not isinstance(document, dict):
        raise CredentialsError(f"{path}: expected YAML with token_endpoint, client_id, client_secret")
    try:
        settings = OAuthSettings.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        told = first["msg"].removeprefix("Value error, ").replace("Field required", "field required")
        raise CredentialsError(f"{path}: {f'{place}: ' if place else ''}{told}") from None
    if settings.client_key is not None and not settings.client_key.is_absolute():
        settings = settings.model_copy(update={"client_key": path.parent / settings.client_key})
    return OAuthToken(settings)


def _assertion(settings: OAuthSettings, key: str) -> str:
    """The signed assertion with the claims of Entra's v2.0 tokens. Raises CredentialsError."""
    import jwt  # with the whole of cryptography, which no other kind of credentials needs

    now = int(time.time())
    subject = settings.subject or settings.client_id
    claims = {
        "iss": settings.issuer or f"https://login.microsoftonline.com/{settings.tenant_id}/v2.0",
        "aud": settings.audience or f"api://{settings.client_id}",
        "sub": subject,
        "oid": subject,
        "tid": settings.tenant_id,
        "azp": settings.client_id,
        "ver": "2.0",
        "jti": str(uuid.uuid4()),
        "iat": now,
        "nbf": now,
        "exp": now + ASSERTION_SECONDS,
    }
    headers = {"kid": settings.key_id} if settings.key_id else None
    try:
        return jwt.encode(claims, key, algorithm="RS256", headers=headers)
    except (jwt.PyJWTError, ValueError, TypeError):
        raise CredentialsError("client_key: expected a private RSA key in PEM") from None


def _read_key(path: Path) -> str:
    try:
        return path.read_text("ascii")
    except OSError as error:
        raise CredentialsError(f"client_key: {path.name}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise CredentialsError("client_key: expected a private RSA key in PEM") from None


def _text_of(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    return value[:4096] if isinstance(value, str) else ""
