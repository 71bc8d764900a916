"""The first start makes what is missing; later ones change only what was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference_server.first_start import FirstStart, announce
from reference_server.settings import Settings
from tests.in_process import TOKEN, house


def test_tokens_are_given_once_and_a_second_start_changes_nothing(tmp_path: Path) -> None:
    with house(data=tmp_path) as at:
        first, events = at.wired.first, list(at.service.audit.events())
        assert (first.token, first.admin_token, first.control_token) == (TOKEN, "admin", None)
        assert [event["kind"] for event in events] == ["connection.created"]
    with house(data=tmp_path) as at:
        assert at.wired.first.connection_id == first.connection_id
        assert list(at.service.audit.events()) == events


def test_another_token_rotates_the_connections(tmp_path: Path) -> None:
    with house(data=tmp_path) as at:
        held = at.connection_id
        transaction = at.service.tables.transaction()
        at.service.connections.rotate(transaction, held, at.clock.now(), token="another")
        transaction.commit()
    with house(data=tmp_path) as at:
        assert at.service.connections.caller(held, TOKEN.encode(), None) is not None
        assert at.service.connections.caller(held, b"another", None) is None
        assert [event["kind"] for event in at.service.audit.events()][-1] == "token.rotated"


def test_the_start_message_says_how_to_get_each_token(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, origin, held = Settings(data=str(tmp_path)), "http://127.0.0.1", "scim_conn_1"
    for first, bearer, admin in (
        (
            FirstStart(held, "scim_tok_announced", "scim_adm_announced", None),
            "scim_tok_announced   (shown only once)",
            "scim_adm_announced   (shown only once)",
        ),
        (
            FirstStart(held, None, None, None),
            "created earlier and not shown again; to get a new one, rotate it on the admin page",
            "set at an earlier start and not shown again; to replace it, set SCIM_ADMIN_TOKEN and restart the server",
        ),
        (FirstStart(None, None, "scim_adm_announced", None), "none", "scim_adm_announced   (shown only once)"),
    ):
        announce(settings, first, origin)
        lines = capsys.readouterr().out.splitlines()
        assert f"  bearer token   {bearer}" in lines
        assert f"  admin token    {admin}" in lines
