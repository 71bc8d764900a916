"""The limit of an answer's body, before and after decompression."""

from __future__ import annotations

import gzip
import zlib

import pytest

from simulator.wire.body import Unusable, unpacked

TEXT = b'{"userName": "ada"}' * 50
MEGABYTE = b"x" * 1024 * 1024


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [(TEXT, None), (TEXT, " Identity "), (gzip.compress(TEXT), "gzip"), (zlib.compress(TEXT), "deflate")],
    ids=["none", "identity", "gzip", "deflate"],
)
def test_a_body_is_decompressed_as_its_encoding_says(packed: bytes, encoding: str | None) -> None:
    assert unpacked(packed, encoding) == TEXT


@pytest.mark.parametrize(
    ("packed", "encoding", "words"),
    [
        (gzip.compress(MEGABYTE * 33), "gzip", "after decompression"),
        (gzip.compress(TEXT)[:-9], "gzip", "incomplete gzip"),
        (b"no gzip", "gzip", "not valid gzip"),
        (TEXT, "br", "not requested"),
    ],
    ids=["bomb", "cut", "no gzip", "br"],
)
def test_what_cannot_be_decompressed_is_unusable(packed: bytes, encoding: str, words: str) -> None:
    with pytest.raises(Unusable, match=words):
        unpacked(packed, encoding)
