"""What an administrator hears of a quarantine: QUAR's list of ways to know about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.entra.notices import notices
from simulator.provisioning.quarantine import Quarantine, begun
from tests.simulator.lives import lived

AT, DAY = datetime(2026, 3, 2, tzinfo=UTC), timedelta(days=1)
OURS = begun("EncounteredQuarantineException", "Invalid credentials.", AT, first=DAY)
OTHER = OURS.again("EncounteredEscrowProportionThreshold", "6000 of 7000 objects failed", AT + DAY, first=DAY)
STILL = OURS.again("EncounteredQuarantineException", "Invalid credentials.", AT + DAY, first=DAY)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, None, ""),
        (None, OURS, "is in quarantine (EncounteredQuarantineException). Invalid credentials."),
        (OURS, STILL, ""),  # "a one-time notification email"
        (OURS, OTHER, "is now EncounteredEscrowProportionThreshold. 6000 of 7000 objects failed"),
        (OURS, None, ""),
    ],
)
def test_one_message_when_it_begins_and_one_when_the_reason_changes(
    before: Quarantine | None, after: Quarantine | None, words: str
) -> None:
    told = notices(before, after)
    assert [notice.channel for notice in told] == (["e-mail", "audit log"] if words else [])
    assert all(notice.text.endswith(words) for notice in told)


def test_messages_are_in_the_stream_of_a_run(tmp_path: Path) -> None:
    """A token that stays invalid for a day: one e-mail, however many attempts fail."""
    token = {"day": 1, "at": "09:00", "what": "token_rotated", "detail": {"for": "1d"}}
    _, events = lived(tmp_path, token, judge="the end")
    found = [event for event in events if event["event"] == "notice"]
    assert [event["channel"] for event in found] == ["e-mail", "audit log"]
    assert found[0]["text"].startswith("From azure-noreply@microsoft.com: The provisioning job is in quarantine")
    assert found[1]["text"].startswith("Activity: Quarantine.")
