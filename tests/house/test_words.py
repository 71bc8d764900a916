"""The words of the old, translated style do not return to strings, docstrings, comments, tables, and documents.

`python -m tests.house.test_words [PART...]` lists the hits. The patterns detect relapses; they do not prove good English.
"""

from __future__ import annotations

import ast
import csv
import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Pattern → what to write instead.
WORDS = {
    r"\b(?:is|are|was|were) told\b": "report, warn, log",
    r"\bwhoever\b": "anyone who, the user, the client",
    r"\b(?:some|any|no|every)body\b": "someone, no one, the user, the client",
    r"(?<!\bthere )\b(?:is|are) no\b(?! longer\b| one\b)": "is not a",
    r"\ba text\b(?! file| editor| field| stream)|\btexts\b": "a string",
    r"\b(?:is|are) taken\b": "is accepted; for a port or a name: is in use",
    r"\b(?:is|are) refused\b": "is rejected",
    r"\bso many\b": "N, the number of",
    r"\bblanks?\b(?! lines?\b)": "space",
    r"\bin the same moment\b|\b(?:at|from) this moment\b": "as soon as, immediately",
    r"\bhas an end\b|\bhave an end\b": "expires",
    r"\bthe other side\b": "the server under test, the target",
    r"\bfalse alarms?\b|\braises? (?:an|no) alarms?\b": "false positive",
    r"\bweather\b": "network faults",
    r"\ba happening\b|\bhappenings\b": "timeline event, directory change",
    r"\bsmall letters\b|\bletter case alone\b": "lower case, case-insensitive",
    r"\bthe service behind\b": "the application",
    r"\bbefore anything is sent\b": "before the first write",
    r"\bat the most\b": "at most",
    r"\ball the same\b": "anyway",
    r"\bany more\b(?! than\b)": "no longer",
    r"\bgo(?:es)? on\b": "continues",
    r"\bmanieth\b|\bsenseless\b": "a plain word",
    r"\bis silent\b|\bstays? silent\b": "produces no finding",
    # Numbers of docs/notes are fine with the name of the page; test_references looks whether they exist.
    r"(?<!docs/notes/)\bentra\.md (?:\d|section)|(?<![#\x22\w-])(?<!## )(?<!rfc-readings )(?<!, )\b(?-i:A)-\d{1,2}\b|\binterop-bugs\b|\brequirements-notes\b|\breliability\.md\b": "a public source",
}
PARTS = ("secrecy", "reference_server", "simulator", "conformance", "loadtests", "live_page", "docs")
# Identifiers and quoted data are not prose: names of defects, strings in filters, the operating system's user `nobody`, and
# the group `Everybody` of the invented company.
NOT_PROSE = re.compile(
    r"""^[a-z0-9]+(?:-[a-z0-9]+)+$|^nobody$|^Everybody$|["']nobody["']|named\ nobody
    |(?:in|group:)\ Everybody\b|\bEverybody(?:\||:\ members|\ has\ \d)|title\ is\ Refused""",
    re.VERBOSE,
)
BAD = re.compile("|".join(WORDS), re.IGNORECASE)
WRITTEN = (".py", ".md", ".csv", ".html", ".yaml", ".json")


def files(part: str) -> list[Path]:
    """The tracked files of a package; the documents also include README.md, CHANGELOG.md, and the top-level modules."""
    where = [part] if part != "docs" else ["docs", "*.md", ":(top,glob)*.py"]
    listed = subprocess.run(["git", "ls-files", *where], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(ROOT / name for name in set(listed.split()) if name.endswith(WRITTEN))


def strings(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """(line, string) of everything in a file that a person reads."""
    if path.suffix == ".csv":
        for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
            yield from ((number, cell) for cell in row)
    elif path.suffix != ".py":
        yield from enumerate(text.splitlines(), 1)
    else:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.lineno, node.value
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def hits(part: str) -> list[str]:
    """`file:line: word → what to write instead` for every hit in a part of the product."""
    found = []
    for path in files(part):
        text = path.read_text("utf-8", "replace")
        if not BAD.search(re.sub(r"\s+", " ", text)):
            continue  # parsing takes longer than searching
        for line, string in strings(path, text):
            for hit in BAD.finditer(NOT_PROSE.sub("", re.sub(r"\s+", " ", string).strip())):
                instead = next(
                    words for pattern, words in WORDS.items() if re.fullmatch(pattern, hit[0], re.IGNORECASE)
                )
                found.append(f'{path.relative_to(ROOT)}:{line}: "{hit[0]}": {instead}')
    return found


@pytest.mark.parametrize("part", PARTS)
def test_old_words_do_not_return(part: str) -> None:
    assert hits(part) == []


def test_patterns_find_the_old_words_and_leave_plain_english_alone() -> None:
    old = [
        "A worker that is lost is told",
        "This is no user",
        "so many seconds",
        "expected a text",
        "entra.md 3.7",
        "A-13",
    ]
    plain = ["There is no user", "it is no longer valid", "a text file", "docs/entra.md", "three blank lines", "no one"]
    assert [text for text in old if not BAD.search(text)] == []
    assert [text for text in plain if BAD.search(text)] == []
    names = ["filter-manager-finds-nobody", 'userName eq "nobody"', "anna is in Everybody", "nobody"]
    assert [text for text in names if BAD.search(NOT_PROSE.sub("", text))] == []
    assert BAD.search(NOT_PROSE.sub("", "The filter finds nobody in the list"))


if __name__ == "__main__":
    for package in sys.argv[1:] or PARTS:
        listed = hits(package)
        print("\n".join([*listed, f"{package}: {len(listed)}"]))
