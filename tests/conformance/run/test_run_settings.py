"""What the stream says of a run's settings."""

from __future__ import annotations

import json

from conformance.run.run_settings import Settings


def test_the_first_event_names_the_target_and_holds_no_secret() -> None:
    settings = Settings("https://scim.example", "token-7f3a9", headers={"X-Key": "key-7f3a9"}, expression="groups")
    event = settings.to_event()
    assert event["target"] == {"url": "https://scim.example", "embedded": False}
    assert event["settings"]["expression"] == "groups"
    assert "7f3a9" not in json.dumps(event) + repr(settings)
