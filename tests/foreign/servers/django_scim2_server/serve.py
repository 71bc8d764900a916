"""Serve django-scim2-server as it is shipped, over a new SQLite file: `python serve.py PORT TOKEN FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path
from secrets import compare_digest
from types import ModuleType

import django
import waitress
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.urls import include, path


def holds_the_token(request: HttpRequest) -> bool:
    """The access control that the application gives to the package, which has none for bearer tokens."""
    scheme, _, token = str(request.headers.get("Authorization", "")).partition(" ")
    return scheme.lower() == "bearer" and compare_digest(token.encode(), settings.SECRET_KEY.encode())


def main(port: int, token: str, folder: Path) -> None:
    """Make the tables, then answer until the process ends."""
    routes = ModuleType("routes")
    sys.modules["routes"] = routes
    settings.configure(
        SECRET_KEY=token,
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        ROOT_URLCONF="routes",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django_scim2_server"],
        SCIM2_SERVER_AUTH_CHECK="__main__.holds_the_token",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "users.sqlite3"),
                # Writers wait for each other, so that parallel requests do not fail with "database is locked".
                "OPTIONS": {
                    "timeout": 30,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
                },
            }
        },
    )
    django.setup()
    routes.urlpatterns = [path("scim/v2/", include("django_scim2_server.urls"))]  # type: ignore[attr-defined]
    call_command("migrate", verbosity=0)
    waitress.serve(get_wsgi_application(), listen=f"127.0.0.1:{port}", threads=4)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
