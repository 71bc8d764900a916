"""YAML from files: bounded in depth and in what aliases stand for; every other text is one error with its line."""

from __future__ import annotations

import pytest

from simulator.guard.yaml_text import BadYaml, read_yaml

BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{number}: &a{number} [{', '.join([f'*a{number - 1}'] * 9)}]\n" for number in range(1, 12)
)


def test_aliases_and_merge_keys_within_the_limits_are_read() -> None:
    value, node = read_yaml("base: &base {a: 1}\none: {<<: *base, b: 2}\ntwo: *base\n")
    assert value == {"base": {"a": 1}, "one": {"a": 1, "b": 2}, "two": {"a": 1}}
    assert node is not None
    assert read_yaml("") == (None, None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("18:05", "18:05"),
        ("09:00", "09:00"),
        ("30:15", "30:15"),
        ("18:05:30", "18:05:30"),
        ("1:02.5", "1:02.5"),
        ("-12", -12),
        ("+1_000", 1000),
        ("0x1F", 31),
        ("010", 8),
        ("0", 0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.5e+3", 1500.0),
        ("-.inf", float("-inf")),
        ("a1", "a1"),
    ],
)
def test_numbers_are_read_and_times_of_day_stay_text(text: str, value: object) -> None:
    assert read_yaml(f"a: {text}\n")[0] == {"a": value}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (BOMB, 6, "the aliases expand to more than"),
        ("a: 1\nb: &b [*b]\n", 2, "an alias refers to a node that contains it"),
        ("a: &a {b: {c: *a}}\n", 1, "an alias refers to a node that contains it"),
        ("[" * 5_000, 1, "more than 100 nesting levels"),
        ("- " * 5_000, 1, "more than 100 nesting levels"),
        ("a: [\n", 2, "not YAML"),
        ("a: 2026-99-99\n", 1, "not YAML"),
        (f"a: {'9' * 5_000}\n", 1, "not YAML"),
        ("a: !!python/object:os.system x\n", 1, "not YAML"),
        ("a: *nothing\n", 1, "not YAML"),
        ("a: \x00\n", 1, "not YAML"),
        ("? [a]\n: b\n", 1, "not YAML"),
        ("a: 1\n---\nb: 2\n", 2, "not YAML"),
        ("a: 1\nb: 2\na: 3\n", 3, "the key a is given twice"),
        ("x: {1: a, 2: b, 1: c}\n", 1, "the key 1 is given twice"),
    ],
)
def test_other_text_is_one_error_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(BadYaml) as error:
        read_yaml(text)
    assert (error.value.line, words in str(error.value)) == (line, True), str(error.value)
    assert "\n" not in str(error.value)
