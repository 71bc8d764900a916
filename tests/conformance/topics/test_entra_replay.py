"""Entra's requests carry the headers that were captured of it (MicrosoftDocs/azure-docs#94189, #21660, #12728)."""

from __future__ import annotations

from conformance.topics.entra_replay import created, send
from simulator.entra import requests
from tests.conformance.topics.sessions import session
from tests.fake_target import fake_target


def test_requests_look_like_entras() -> None:
    with fake_target() as target:
        scim = session(target)
        request = requests.create_user({"userName": "a"})
        made = created(scim, request)
        send(scim, requests.read_user(made["id"]))
        create, _, read = target.received
        assert create.json == request.body
        assert "Content-Type: application/scim+json; charset=utf-8" in create.headers
        for sent in (create, read):
            assert "ADSCIMVersion: 5.0" in sent.headers
            assert [line for line in sent.headers if line.lower().startswith("accept:")] == []
        assert [line for line in read.headers if line.lower().startswith("content-type")] == []
        scim.clean_up()
        assert target.resources == {}
