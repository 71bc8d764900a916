"""RFC 7644 section 3.5: random stories of one user and one group, each step followed by a read and by lookups."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.topics.oracle import holds_for_all
from conformance.topics.story import Step, Wrong, judged, possible_steps

STEPS = 36  # of each story: what goes wrong in a combination of steps needs many of them in one life
MOST_STORIES = 2


@requirement(
    "RFC7644-3.5.1-04",
    "RFC7644-3.5.2.3-02",
    "RFC7644-3.6-03",
    "RFC7644-3.4.2.2-03",
    "RFC7643-4.2-03",
    level="lie",
    consequence="Accounts drift apart over the months: a step that works on a new user fails or does harm on one with a history.",
    fix="Send the numbered steps again, one by one, and look at the stored rows after each.",
)
def test_any_story_ends_as_told(scim: Session) -> None:
    """After every step of a random story, a read and lookups must show what the steps so far have made."""
    try:
        steps = possible_steps(scim)
    except Wrong as wrong:
        raise Undecided(f"set-up: {wrong}") from None
    if len(steps) < 2:
        raise NotOffered("two kinds of changes that work alone")
    stories = st.lists(st.sampled_from(steps), min_size=STEPS, max_size=STEPS)

    def judge(story: list[Step]) -> Finding | None:
        return judged(scim, story)

    holds_for_all(scim, stories, judge, examples=min(scim.examples, MOST_STORIES), shrinks=1)  # `judged` shortens
