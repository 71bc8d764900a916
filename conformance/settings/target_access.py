"""Access to the target: URL, headers, and a token that is given or fetched with OAuth client credentials (RFC 6749 4.4)."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.settings.bad_input import BadInput
from simulator.wire.urls import BadUrl, base_url, token_trouble

if TYPE_CHECKING:
    from simulator.wire.credentials import OAuthToken

SECRET_VARIABLE = "SCIM_CLIENT_SECRET"


@dataclass(frozen=True, slots=True)
class Access:
    """URL, token, and headers of every request; `renew` takes a rejected token and returns another."""

    url: str
    token: str | None = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    renew: Callable[[str], str] | None = field(default=None, repr=False)


def access_to(
    url: str, token: str | None, headers: Iterable[str], credentials: Path | None, oauth: dict[str, str]
) -> Access:
    """The access of these options; raises BadInput, with exit code 3 when the token endpoint gives none."""
    try:
        base_url(url)
    except BadUrl as error:
        raise BadInput(f"--url: {error}") from None
    given = dict(_header(line) for line in headers)
    renewal = _renewal(credentials, oauth)
    if renewal is not None:
        return Access(url.rstrip("/"), renewal(""), given, renewal)
    own = any(name.lower() == "authorization" for name in given)
    if (trouble := token_trouble(token)) and not own:
        raise BadInput(f"--token: {trouble}")
    return Access(url.rstrip("/"), None if own else token, given)


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip() or any(character in line for character in "\r\n"):
        raise BadInput(
            f'--header: expected "Name: value", got "{name.strip()[:40]}"'
        )  # never the value: it may be a secret
    return name.strip(), value.strip()


def _renewal(credentials: Path | None, oauth: dict[str, str]) -> Callable[[str], str] | None:
    """A function that returns a token in place of a rejected one; None when no OAuth client is configured."""
    if not credentials and not oauth:
        return None
    from simulator.wire.credentials import CredentialsError, load_credentials  # takes as long as half of all imports

    try:
        client = load_credentials(credentials) if credentials else _from_options(oauth)
    except CredentialsError as error:
        raise BadInput(str(error)) from None
    lock = threading.Lock()

    def renew(refused: str) -> str:
        with lock:
            try:
                return asyncio.run(client.renew(refused) if refused else client.current())
            except CredentialsError as error:
                raise BadInput(str(error), 3) from None

    return renew


def _from_options(oauth: dict[str, str]) -> OAuthToken:
    from pydantic import ValidationError

    from simulator.wire.credentials import OAuthSettings, OAuthToken

    for option, name in (("--oauth-url", "token_endpoint"), ("--oauth-client", "client_id")):
        if name not in oauth:
            raise BadInput(f"{option}: missing; OAuth needs the token endpoint, the client ID, and the client secret")
    secret = os.environ.get(SECRET_VARIABLE)
    if not secret:
        raise BadInput(f"--oauth-client: set the environment variable {SECRET_VARIABLE} to the client secret")
    try:
        return OAuthToken(OAuthSettings.model_validate({**oauth, "client_secret": secret}))
    except ValidationError as error:
        told = error.errors(include_input=False)[0]["msg"].removeprefix("Value error, ")
        raise BadInput(f"--oauth-url: {told}") from None
