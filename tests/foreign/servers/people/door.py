"""The token of the SCIM endpoint, and the address that it tells its clients."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from types import SimpleNamespace

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def bearer_token(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: who has the token is a user; django-scim2 turns the others away."""

    def look_at(request: HttpRequest) -> HttpResponse:
        scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
        known = hmac.compare_digest(shown.lstrip(" ").encode(), settings.SCIM_TOKEN.encode())
        request.user = SimpleNamespace(is_authenticated=known and scheme.lower() == "bearer")
        return answer(request)

    return look_at


def base_location(request: HttpRequest) -> str:
    """`http://127.0.0.1:<port>/` as the client sees it."""
    return request.build_absolute_uri("/")
