"""Lines of the journal fit in one place only; tests/attacks/test_missing_pieces.py takes whole folders apart."""

from __future__ import annotations

from reference_server.storage.head import START
from reference_server.storage.journal_lines import encode, parse


def test_a_line_is_parsed_as_it_was_written_and_names_the_line_before() -> None:
    _, after_first = encode(START, 0, b'[["people",1,{"id":"a"}]]')
    second, after_second = encode(after_first, 1, b'[["people",1,null]]')
    read = parse(second.rstrip(b"\n"))
    assert read is not None
    assert (read.point, read.before, read.durable) == (after_second, after_first.chain, 1)
    assert read.body == b'[["people",1,null]]'


def test_every_changed_byte_of_a_line_is_noticed() -> None:
    line = encode(START, 0, b'[["people",1,{"id":"a"}]]')[0].rstrip(b"\n")
    for at in range(len(line)):
        for bit in range(8):
            damaged = line[:at] + bytes([line[at] ^ 1 << bit]) + line[at + 1 :]
            assert parse(damaged) is None, damaged
        assert parse(line[:at]) is None


def test_the_same_commit_after_another_history_is_another_line() -> None:
    one = encode(encode(START, 0, b'[["people",1,{"id":"a"}]]')[1], 0, b"[]")
    other = encode(encode(START, 0, b'[["people",1,{"id":"b"}]]')[1], 0, b"[]")
    assert one != other
