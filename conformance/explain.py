"""Explains a requirement, a check or a verdict in words."""

from __future__ import annotations

from conformance.requirements import catalogue
from conformance.run import collect_checks
from conformance.verdict import LEGEND, Verdict


class NothingKnown(Exception):
    """Nothing of that name; the message says what to try."""


def explain_id(id_: str) -> str:
    """Text for a terminal; raises NothingKnown."""
    if id_ in catalogue():
        return _requirement(id_)
    if id_.upper() in Verdict.__members__.values():
        verdict = Verdict(id_.upper())
        return f"{verdict.value}: {LEGEND[verdict]}"
    found = [check for check in collect_checks(("rfc", "entra", "okta"), "") if id_ in check["id"]]
    if found:
        return "\n\n".join(_check(check) for check in found[:5])
    near = [known for known in catalogue() if known.startswith(id_)][:5]
    hint = (
        f"Did you mean {', '.join(near)}?"
        if near
        else "Try RFC7644-3.5.2.2-04, a check's name, or a verdict such as WARN."
    )
    raise NothingKnown(f'nothing is called "{id_}". {hint}')


def _requirement(id_: str) -> str:
    row = catalogue()[id_]
    checks = [check for check in collect_checks(("rfc", "entra", "okta"), "") if id_ in check["requirements"]]
    number = row.rfc.removeprefix("RFC")
    lines = [
        f"{row.id}   {row.level}   binds {row.party}",
        f"  says      {row.requirement}",
        f"  where     RFC {number} section {row.section}   https://www.rfc-editor.org/rfc/rfc{number}#section-{row.section}",
        f"  judged    {row.how}",
        f"  sure      {row.confidence}",
    ]
    lines += [f"  check     {check['id']}" for check in checks] or ["  check     none yet"]
    return "\n".join(lines)


def _check(check: dict[str, object]) -> str:
    ids = check["requirements"]
    assert isinstance(ids, list)
    told = "\n".join(f"  {id_}  {catalogue()[id_].requirement}" for id_ in ids)
    return f"{check['id']}\n  {check['title']}\n{told}"
