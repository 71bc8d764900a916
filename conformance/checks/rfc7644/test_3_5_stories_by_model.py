"""RFC 7644 section 3.5: random sequences of changes of one user and one group, with a read and lookups after each step."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.check_api.session import Session
from conformance.requirements.catalogue import requirement
from conformance.requirements.verdict import Finding, NotOffered, Undecided
from conformance.topics.oracle import holds_for_all
from conformance.topics.story import Step, Wrong, judged, possible_steps

STEPS = 36  # per story, because some faults appear only after a combination of many steps
MOST_STORIES = 2


@requirement(
    "RFC7644-3.5.1-04",
    "RFC7644-3.5.2.3-02",
    "RFC7644-3.6-03",
    "RFC7644-3.4.2.2-03",
    "RFC7643-4.2-03",
    level="lie",
    consequence=(
        "Over the months, accounts become inconsistent: a step that works on a new user fails or does damage "
        "on an older one."
    ),
    fix="Repeat the numbered steps one by one, and inspect the stored data after each step.",
)
def test_any_story_ends_as_told(scim: Session) -> None:
    """After every step of a random sequence, GET and lookups must show the result of all steps so far."""
    try:
        steps = possible_steps(scim)
    except Wrong as wrong:
        raise Undecided(f"setup: {wrong}") from None
    if len(steps) < 2:
        raise NotOffered("at least two kinds of changes that work on their own")
    stories = st.lists(st.sampled_from(steps), min_size=STEPS, max_size=STEPS)

    def judge(story: list[Step]) -> Finding | None:
        return judged(scim, story)

    holds_for_all(
        scim, stories, judge, examples=min(scim.examples, MOST_STORIES), shrinks=1
    )  # `judged` shortens the sequence itself
