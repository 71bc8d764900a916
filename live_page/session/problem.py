"""A problem that the page shows: one sentence, and what to do next."""

from __future__ import annotations


class Problem(Exception):
    """Something that the user asked for is not possible. `next_step` says what to do, if anything."""

    def __init__(self, sentence: str, next_step: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.next_step = sentence, next_step

    def to_json(self) -> dict[str, str]:
        """Both sentences."""
        return {"sentence": self.sentence, "next": self.next_step}
