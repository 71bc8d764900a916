"""ElementSet: a draft that knows what was added and removed, checked against a plain dict."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reference_server.scim.element_set import ElementSet
from reference_server.turns import TOGETHER
from tests.reference_server.scim.patching import elements

VALUES = st.sampled_from(["a", "b", "c", "d"])
MANY = 3 * TOGETHER
STEPS = st.lists(st.tuples(st.sampled_from(["add", "discard", "clear", "replace"]), st.lists(VALUES, max_size=3)))


@given(st.sets(VALUES), STEPS)
def test_a_draft_holds_what_a_dict_would(held: set[str], steps: list[tuple[str, list[str]]]) -> None:
    base = elements(sorted(held))
    draft, model = ElementSet(base), set(held)
    for step, values in steps:
        if step == "clear":
            draft.clear()
            model = set()
        elif step == "replace":
            draft.replace_all(values)
            model = set(values)
        elif step == "add":
            draft.add(values)
            model |= {*values}
        else:
            draft.discard(values)
            model -= {*values}
        assert {element["value"] for element in draft} == set(draft.values()) == model
        assert len(draft) == len(model)
        assert all((value in draft) == (value in model) for value in "abcd")
    assert set(base) == held, "the base stays as it is"
    assert set(draft.added) == model - held
    assert set(draft.removed) == held - model
    assert draft.changed is (model != held)


def test_a_draft_of_many_elements_knows_the_differences() -> None:
    numbers = [str(number) for number in range(MANY)]
    draft = ElementSet(elements(numbers))
    draft.replace_all([*numbers[5:], "new", "newer"])
    assert ([*draft.added], [*draft.removed]) == (["new", "newer"], numbers[:5])
    draft.add(numbers)
    draft.discard(["new", *numbers[-3:]])
    assert ([*draft.added], [*draft.removed]) == (["newer"], numbers[-3:])
    draft.clear()
    draft.add([*numbers[1:], *(f"more {number}" for number in numbers)])
    assert (len(draft.added), [*draft.removed], len(draft)) == (MANY, numbers[:1], 2 * MANY - 1)
