"""Serve the SCIM router of mlflow-oidc-auth over a new SQLite file: `python serve.py PORT TOKEN FOLDER`.

The token must have the form that the package gives its own: `scim_`, eight characters, `_`, and a secret.
"""

from __future__ import annotations

import datetime
import os
import sys
from pathlib import Path


def main(port: int, token: str, folder: Path) -> None:
    """Make the tables and the token, then answer until the process ends."""
    # The package reads its settings when it is imported. 0 switches its limits on requests per minute off.
    os.environ |= {
        "OIDC_USERS_DB_URI": f"sqlite:///{folder / 'users.sqlite3'}",
        "SCIM_RATE_LIMIT_PER_MINUTE": "0",
        "SCIM_AUTH_FAILURE_LIMIT_PER_MINUTE": "0",
        "SECRET_KEY": token,
    }
    import uvicorn
    from fastapi import FastAPI
    from mlflow_oidc_auth.db.models import SqlScimToken
    from mlflow_oidc_auth.exceptions import register_exception_handlers
    from mlflow_oidc_auth.middleware import AuthMiddleware
    from mlflow_oidc_auth.repository.scim_token import TOKEN_HASH_METHOD, parse_prefix
    from mlflow_oidc_auth.routers.scim import scim_router
    from mlflow_oidc_auth.store import store
    from starlette.middleware.sessions import SessionMiddleware
    from werkzeug.security import generate_password_hash

    with store.ManagedSessionMaker(read_only=False) as session:
        session.add(
            SqlScimToken(
                name="suite",
                token_hash=generate_password_hash(token, method=TOKEN_HASH_METHOD),
                token_prefix=parse_prefix(token),
                created_at=datetime.datetime.now(datetime.UTC).replace(tzinfo=None),
            )
        )
    app = FastAPI()
    register_exception_handlers(app)
    app.include_router(scim_router)
    app.add_middleware(AuthMiddleware)
    app.add_middleware(SessionMiddleware, secret_key=token)
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
