"""ElementSet: a draft that knows what was added and removed, checked against a plain dict."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reference_server.scim.element_set import ElementSet

VALUES = st.sampled_from(["a", "b", "c", "d"])
STEPS = st.lists(st.tuples(st.sampled_from(["add", "discard", "clear", "replace"]), st.lists(VALUES, max_size=3)))


@given(st.sets(VALUES), STEPS)
def test_a_draft_holds_what_a_dict_would(held: set[str], steps: list[tuple[str, list[str]]]) -> None:
    base = {value: {"value": value} for value in sorted(held)}
    draft, model = ElementSet(base), set(held)
    for step, values in steps:
        if step == "clear":
            draft.clear()
            model = set()
        elif step == "replace":
            draft.replace_all([{"value": value} for value in values])
            model = set(values)
        for value in values if step in ("add", "discard") else ():
            if step == "add":
                draft.add({"value": value})
                model.add(value)
            else:
                draft.discard(value)
                model.discard(value)
        assert {element["value"] for element in draft} == set(draft.values()) == model
        assert len(draft) == len(model)
        assert all((value in draft) == (value in model) for value in "abcd")
    assert set(base) == held, "the base stays as it is"
    assert set(draft.added) == model - held
    assert set(draft.removed) == held - model
    assert draft.changed is (model != held)
