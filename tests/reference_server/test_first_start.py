"""The first start makes what is missing; later ones change only what was given."""

from __future__ import annotations

from pathlib import Path

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
