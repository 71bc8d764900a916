"""The functions of mapping expressions in one table, with the documented edge cases (docs/notes/entra.md 5.3)."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.mapping.expressions import dates, roles, texts
from simulator.mapping.expressions.evaluation import (
    IGNORED,
    Argument,
    Evaluation,
    ExpressionError,
    is_true,
    number_of,
    text_of,
)
from simulator.wording import counted

Values = list[Any]
UNLIMITED = 1_000


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its number of arguments and its implementation.

    `lazy` functions evaluate their arguments themselves.
    """

    call: Callable[[Evaluation, Values], Any]
    least: int
    most: int
    lazy: Callable[[Evaluation, list[Argument | None]], Any] | None = None
    even: bool = False

    def problem(self, count: int) -> str | None:
        """The error message if a call cannot have this number of arguments."""
        if self.even and count % 2:
            return f"expected an even number of arguments, because keys and values are pairs, got {count}"
        if self.least <= count <= self.most:
            return None
        if self.least == self.most:
            return f"expected {counted(self.least, 'argument')}, got {count}"
        if self.most == UNLIMITED:
            return f"expected at least {counted(self.least, 'argument')}, got {count}"
        return f"expected {self.least} to {self.most} arguments, got {count}"


def _listed(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _join(evaluation: Evaluation, values: Values) -> Any:
    """Skip empty and missing parts, and flatten multi-valued ones."""
    parts = [text_of(item) for value in values[1:] for item in _listed(value)]
    return text_of(values[0]).join(part for part in parts if part) or None


def _switch(evaluation: Evaluation, arguments: list[Argument | None]) -> Any:
    """Case-sensitive; an empty key stands for null.

    With the known defect, the result is null if the source did not change.
    """
    source = arguments[0]
    if source is None:
        raise ExpressionError("expected a source as the first argument")
    if evaluation.switch_forgets and evaluation.changed is not None:
        read = _Reads(evaluation)
        source(read.evaluation)
        if read.names and not read.names & evaluation.changed:
            return None
    text = text_of(source(evaluation))
    for key, value in zip(arguments[2::2], arguments[3::2], strict=True):
        if key is not None and text_of(key(evaluation)) == text:
            return None if value is None else value(evaluation)
    default = arguments[1]
    return None if default is None else default(evaluation)


def _iif(evaluation: Evaluation, arguments: list[Argument | None]) -> Any:
    """The condition fails for an attribute without a value. Microsoft documents this and recommends Switch instead."""
    condition, yes, no = arguments
    if condition is None:
        raise ExpressionError("expected a condition as the first argument")
    read = _Reads(evaluation)
    held = condition(read.evaluation)
    if evaluation.iif_needs_values and read.empty:
        raise ExpressionError(f"[{read.empty[0]}] has no value, which Entra's IIF cannot test; use Switch")
    chosen = yes if is_true(held) else no
    return None if chosen is None else chosen(evaluation)


class _Reads:
    """An evaluation that records which attributes are read."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.names: set[str] = set()
        self.empty: list[str] = []
        self._source = evaluation.source
        self.evaluation = Evaluation(
            self,  # type: ignore[arg-type]
            evaluation.now,
            evaluation.dice,
            evaluation.changed,
            evaluation.switch_forgets,
            evaluation.iif_needs_values,
        )

    def get(self, name: str) -> Any:
        value = self._source.get(name)
        self.names.add(name)
        if value is None or value == "":
            self.empty.append(name)
        return value


def _left(evaluation: Evaluation, values: Values) -> Any:
    text, count = text_of(values[0]), number_of(values[1], "NumChars")
    return text if count < 0 else text[:count]


def _mid(evaluation: Evaluation, values: Values) -> Any:
    start, length = number_of(values[1], "start"), number_of(values[2], "length")
    if start < 1 or length < 0:
        raise ExpressionError(f"expected a start from 1, got start {start} and length {length}")
    return None if values[0] is None else text_of(values[0])[start - 1 : start - 1 + length]


def _in_str(evaluation: Evaluation, values: Values) -> Any:
    """The 1-based position of the first match, or 0.

    Without a compare type, the comparison is case-sensitive, as in VBA.
    """
    text, wanted = text_of(values[0]), text_of(values[1])
    start = number_of(values[2], "start") if len(values) > 2 and values[2] is not None else 1
    kind = values[3] if len(values) > 3 and values[3] is not None else "vbBinaryCompare"
    if kind not in ("vbTextCompare", "vbBinaryCompare") or start < 1:
        raise ExpressionError(f"expected a start from 1 and vbTextCompare or vbBinaryCompare, got {start} and {kind}")
    if kind == "vbTextCompare":
        text, wanted = text.lower(), wanted.lower()
    return text.find(wanted, start - 1) + 1


def _item(evaluation: Evaluation, values: Values) -> Any:
    index, held = number_of(values[1], "index"), _listed(values[0])
    if index < 1:
        raise ExpressionError(f"expected an index from 1, got {index}")
    return held[index - 1] if index <= len(held) else None


def _word(evaluation: Evaluation, values: Values) -> Any:
    text, number, marks = text_of(values[0]), number_of(values[1], "WordNumber"), text_of(values[2])
    words = "".join("\0" if char in marks else char for char in text).split("\0") if marks else []
    words = [word for word in words if word]
    return words[number - 1] if 1 <= number <= len(words) else ""


def _split(evaluation: Evaluation, values: Values) -> Any:
    if values[0] is None:
        return None
    if not values[1]:
        raise ExpressionError("expected a delimiter")
    return [part.strip() for part in text_of(values[0]).split(text_of(values[1]))]


def _date_number(evaluation: Evaluation, values: Values) -> Any:
    return None if values[0] is None else str(dates.to_file_time(dates.moment_of(values[0])))


def _format_date(evaluation: Evaluation, values: Values) -> Any:
    source, styles, pattern, wanted = values
    if source in (None, ""):
        return None
    if not pattern or not wanted:
        raise ExpressionError("expected an input format and an output format")
    return dates.formatted(dates.parsed(text_of(source), text_of(pattern), styles), text_of(wanted))


def _date_add(evaluation: Evaluation, values: Values) -> Any:
    moment = dates.added(text_of(values[0]), number_of(values[1], "value"), dates.moment_of(values[2]))
    return dates.general_text(moment)


def _random(evaluation: Evaluation, values: Values) -> Any:
    counts = [number_of(value, "count") for value in values[:5]]
    return texts.random_string(evaluation.dice(), *counts, text_of(values[5]) if len(values) > 5 else "")  # type: ignore[call-arg, arg-type]


def _unique(evaluation: Evaluation, values: Values) -> Any:
    raise ExpressionError(
        "this function is available only in provisioning from HR to Active Directory, not for SCIM applications"
    )


def _on_text(change: Callable[[str], Any]) -> Callable[[Evaluation, Values], Any]:
    return lambda evaluation, values: None if values[0] is None else change(text_of(values[0]))


def _case(*, upper: bool) -> Callable[[Evaluation, Values], Any]:
    def change(evaluation: Evaluation, values: Values) -> Any:
        culture = text_of(values[1]) if len(values) > 1 else None
        return None if values[0] is None else texts.changed_case(text_of(values[0]), culture, upper=upper)

    return change


def _flag(test: Callable[[Any], bool]) -> Callable[[Evaluation, Values], Any]:
    return lambda evaluation, values: str(test(values[0]))


def _not_called(evaluation: Evaluation, values: Values) -> Any:
    raise AssertionError("a lazy function")


FUNCTIONS: dict[str, Function] = {
    "Append": Function(lambda e, v: None if v[0] is None else text_of(v[0]) + text_of(v[1]), 2, 2),
    "AppRoleAssignmentsComplex": Function(lambda e, v: roles.role_objects(v[0], "displayName"), 1, 1),
    "AssertiveAppRoleAssignmentsComplex": Function(lambda e, v: roles.role_objects(v[0]), 1, 1),
    "BitAnd": Function(lambda e, v: number_of(v[0], "value1") & number_of(v[1], "value2"), 2, 2),
    "CBool": Function(_flag(is_true), 1, 1),
    "CDate": Function(lambda e, v: dates.general_text(dates.moment_of(v[0])), 1, 1),
    "Coalesce": Function(lambda e, v: next((value for value in v if value is not None), None), 1, UNLIMITED),
    "ConvertToBase64": Function(_on_text(lambda text: base64.b64encode(text.encode("utf-16-le")).decode()), 1, 1),
    "ConvertToUTF8Hex": Function(_on_text(lambda text: text.encode().hex().upper()), 1, 1),
    "Count": Function(lambda e, v: len(_listed(v[0])), 1, 1),
    "CStr": Function(_on_text(lambda text: text), 1, 1),
    "DateAdd": Function(_date_add, 3, 3),
    "DateDiff": Function(lambda e, v: dates.between(text_of(v[0]), dates.moment_of(v[1]), dates.moment_of(v[2])), 3, 3),
    "DateFromNum": Function(lambda e, v: dates.general_text(dates.from_file_time(number_of(v[0], "value"))), 1, 1),
    "FormatDateTime": Function(_format_date, 4, 4),
    "Guid": Function(lambda e, v: str(uuid.UUID(int=e.dice().getrandbits(128), version=4)), 0, 0),
    "IgnoreFlowIfNullOrEmpty": Function(lambda e, v: IGNORED if v[0] in (None, "") else v[0], 1, 1),
    "IIF": Function(_not_called, 3, 3, lazy=_iif),
    "InStr": Function(_in_str, 2, 4),
    "IsNull": Function(_flag(lambda value: value is None), 1, 1),
    "IsNullOrEmpty": Function(_flag(lambda value: value in (None, "")), 1, 1),
    "IsPresent": Function(_flag(lambda value: value not in (None, "")), 1, 1),
    "IsString": Function(_flag(lambda value: isinstance(value, str)), 1, 1),
    "Item": Function(_item, 2, 2),
    "Join": Function(_join, 2, UNLIMITED),
    "Left": Function(_left, 2, 2),
    "Mid": Function(_mid, 3, 3),
    "NormalizeDiacritics": Function(_on_text(texts.normalize_diacritics), 1, 1),
    "Not": Function(_flag(lambda value: text_of(value) != "True"), 1, 1),
    "Now": Function(lambda e, v: dates.general_text(e.now), 0, 0),
    "NumFromDate": Function(_date_number, 1, 1),
    "PCase": Function(
        lambda e, v: None if v[0] is None else texts.proper_case(text_of(v[0]), v[1] if len(v) > 1 else None), 1, 2
    ),
    "RandomString": Function(_random, 5, 6),
    "Redact": Function(lambda e, v: v[0], 1, 1),
    "RemoveDuplicates": Function(lambda e, v: None if v[0] is None else list(dict.fromkeys(_listed(v[0]))), 1, 1),
    "Replace": Function(lambda e, v: texts.replaced(v), 1, 7),
    "SelectUniqueValue": Function(_unique, 2, UNLIMITED),
    "SingleAppRoleAssignment": Function(lambda e, v: roles.single_role(v[0]), 1, 1),
    "Split": Function(_split, 2, 2),
    "StripSpaces": Function(_on_text(lambda text: text.replace(" ", "")), 1, 1),
    "Switch": Function(_not_called, 2, UNLIMITED, lazy=_switch, even=True),
    "ToLower": Function(_case(upper=False), 1, 2),
    "ToUpper": Function(_case(upper=True), 1, 2),
    "Trim": Function(_on_text(str.strip), 1, 1),
    "Word": Function(_word, 3, 3),
}
