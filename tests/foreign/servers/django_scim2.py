"""Serve django-scim2 as it is shipped, over a new SQLite file: `python django_scim2.py PORT TOKEN FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler, get_internal_wsgi_application

BEARER = {
    "type": "oauthbearertoken",
    "name": "OAuth Bearer Token",
    "description": "One token, given to the client by hand",
}


def main(port: int, token: str, folder: Path) -> None:
    """Make the tables, then answer until the process ends."""
    settings.configure(
        SECRET_KEY=token,
        SCIM_TOKEN=token,
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
        ROOT_URLCONF="people.urls",
        AUTH_USER_MODEL="people.User",
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "people"],
        MIDDLEWARE=["people.door.bearer_token", "django_scim.middleware.SCIMAuthCheckMiddleware"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(folder / "people.sqlite3"),
                # Writers wait for each other, so that parallel requests are not told "database is locked".
                "OPTIONS": {
                    "timeout": 30,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
                },
            }
        },
        SCIM_SERVICE_PROVIDER={
            "SCHEME": "http",
            "NETLOC": f"127.0.0.1:{port}",
            "BASE_LOCATION_GETTER": "people.door.base_location",
            "GROUP_MODEL": "people.models.Group",
            "AUTHENTICATION_SCHEMES": [BEARER],
            "WWW_AUTHENTICATE_HEADER": 'Bearer realm="django-scim2"',
        },
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    server = ThreadedWSGIServer(("127.0.0.1", port), WSGIRequestHandler)
    server.set_app(get_internal_wsgi_application())
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
