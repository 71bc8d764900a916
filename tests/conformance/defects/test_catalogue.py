"""The catalogue of defects: each row reads, each function has its row, a bad row is reported in one line, the docs are right."""

from __future__ import annotations

import csv
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from conformance.check_api.session import Plan
from conformance.defects.catalogue import BEHAVIORS, COLUMNS, BadRow, defects, functions, read_catalogue
from conformance.defects.described import CATALOGUE
from conformance.defects.expressions import COMBINATORS, CONSTANTS
from conformance.defects.mutations import reject
from conformance.defects.proxy import defect_proxy
from conformance.defects.wire import Reply, Request, Server
from conformance.run.collect import CHECKS, collect
from conformance.run.judge import carry_out, check_event
from conformance.target.client import Client
from conformance.target.discovery import discover
from reference_server.embedded import embedded_server
from tests.conformance.every_check import checks, rows_of

DOCS = Path(__file__).parents[3] / "docs" / "defects.md"
GOOD = dict.fromkeys(COLUMNS, "x") | {"name": "no-put", "mutation": "reject('PUT', 501)", "verdict": "FAIL"}
KNOWN = {"in_code": reject("PUT", 501)}


def rows() -> list[dict[str, str]]:
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def written(path: Path, *changes: dict[str, str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(GOOD | change for change in changes)
    return path


def test_every_row_is_read_and_in_its_order() -> None:
    assert list(defects()) == [row["name"] for row in rows()]
    assert len(defects()) >= 768


def test_every_function_has_a_row_and_every_row_without_a_mutation_a_function() -> None:
    in_code = {row["name"].replace("-", "_") for row in rows() if not row["mutation"]}
    assert in_code == set(functions())


def test_a_row_takes_one_line_without_spaces_around_its_cells() -> None:
    assert len(CATALOGUE.read_text("utf-8").splitlines()) == len(rows()) + 1
    assert [row["name"] for row in rows() if any(cell != cell.strip() for cell in row.values())] == []


def test_what_a_defect_breaks_is_a_sentence_about_the_server() -> None:
    wrong = [row["name"] for row in rows() if not re.fullmatch(r"The server .*[^.]\.", row["breaks"])]
    assert wrong == []


def test_names_are_words_in_lower_case() -> None:
    assert [row["name"] for row in rows() if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", row["name"])] == []


def test_most_defects_are_data() -> None:
    """Code is for defects that remember something or ask the server again."""
    assert sum(bool(row["mutation"]) for row in rows()) > len(rows()) * 2 / 3


def test_functions_take_a_request_and_the_server() -> None:
    for name, function in functions().items():
        assert list(inspect.signature(function).parameters) == ["request", "server"], name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mutation": "rejekt('PUT', 501)"}, "must begin with one of reject, answer"),
        ({"mutation": "reject('PUT', 501"}, "not an expression: '(' was never closed"),
        ({"mutation": ""}, "has no mutation, and no module in behaviors/ has a function no_put"),
        ({"name": "in-code"}, "has both a mutation and a function in_code"),
        ({"verdict": "fail"}, "the verdict must be FAIL or WARN or NOTE"),
        ({"killed_by": " "}, "killed_by must not be empty"),
    ],
)
def test_a_bad_row_is_one_line_with_its_place(tmp_path: Path, change: dict[str, str], words: str) -> None:
    path = written(tmp_path / "defects.csv", {"name": "fine"}, change)
    with pytest.raises(BadRow) as raised:
        read_catalogue(path, KNOWN)
    message = str(raised.value)
    assert message.startswith(f"defects.csv, line 3: {(GOOD | change)['name']}: ")
    assert words in message
    assert "\n" not in message


def test_a_name_that_occurs_twice_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(BadRow, match=r"defects.csv, line 3: no-put: this name is in the catalogue twice"):
        read_catalogue(written(tmp_path / "defects.csv", {}, {}), KNOWN)


@pytest.mark.parametrize("line", ["no-put,x,x,reject('PUT'", "no-put,x,x,\"reject('PUT', 501)\",x,FAIL,x,more"])
def test_a_row_with_too_few_or_too_many_cells_is_rejected(tmp_path: Path, line: str) -> None:
    path = tmp_path / "defects.csv"
    path.write_text(f"{','.join(COLUMNS)}\n{line}\n", "utf-8")
    with pytest.raises(BadRow, match=r"defects.csv, line 2: no-put: a row has 7 columns"):
        read_catalogue(path, KNOWN)


def test_other_columns_are_rejected(tmp_path: Path) -> None:
    path = tmp_path / "defects.csv"
    path.write_text("name,breaks\n", "utf-8")
    with pytest.raises(BadRow, match="line 1: the columns must be name, topic"):
        read_catalogue(path, KNOWN)


# ── docs/defects.md ──


def block_of_the_docs(language: str) -> str:
    block = re.search(rf"```{language}\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    assert block
    return block[1]


def test_the_row_of_the_docs_is_a_defect_that_its_check_finds(tmp_path: Path) -> None:
    path = tmp_path / "defects.csv"
    path.write_text(f"{','.join(COLUMNS)}\n{block_of_the_docs('csv')}", "utf-8")
    (defect,) = read_catalogue(path, {}).values()
    assert defect.name not in defects()
    with embedded_server() as server, defect_proxy(server.base_url) as proxy:
        client = Client(proxy.add(defect.name, defect.between), server.token)
        target = discover(client)
        (check,) = (check for check in collect(("rfc",), target=target) if check.function == defect.killed_by[0])
        event = check_event(check, carry_out(check, client, target, Plan("docs")))
    assert event["verdict"] == defect.verdict


def test_the_function_of_the_docs_works(tmp_path: Path) -> None:
    names: dict[str, Any] = {"Request": Request, "Server": Server, "Reply": Reply}
    exec(block_of_the_docs("python"), names)
    function = names["delete_is_done_at_the_second_attempt"]
    change = {"name": "delete-is-done-at-the-second-attempt", "mutation": ""}
    path = written(tmp_path / "defects.csv", change)
    (defect,) = read_catalogue(path, {function.__name__: function}).values()
    server = Server(lambda request: Reply.of(200, {"asked": request.method}))
    request = Request("DELETE", "/Users/1")
    assert [defect.between(request, server).status for _ in range(2)] == [204, 200]


def test_the_docs_name_every_column_combinator_and_constant() -> None:
    text = DOCS.read_text("utf-8")
    assert [name for name in COMBINATORS if f"`{name}(" not in text] == []
    assert [name for name in CONSTANTS if f"`{name}`" not in text] == []
    assert [name for name in COLUMNS if f"| {name} |" not in text] == []


def test_every_module_of_behaviors_holds_defects() -> None:
    empty = {path.stem for path in BEHAVIORS.glob("[!_]*.py")} - {
        function.__module__.rpartition(".")[2] for function in functions().values()
    }
    assert empty == set()


def test_defects_name_checks_that_exist() -> None:
    functions = {check.function for check in checks()}
    wrong = [
        f"{d.name}: {name}" for d in defects().values() for name in d.killed_by if name != "*" and name not in functions
    ]
    assert wrong == []
    assert len(defects()) >= 150


def test_bugs_that_are_left_out_have_a_reason_and_are_no_defects() -> None:
    rows = rows_of(Path(str(CHECKS.parent / "defects" / "left_out.csv")))
    assert [row["bug"] for row in rows if len(row["reason"]) < 15 or row["bug"] in defects()] == []
