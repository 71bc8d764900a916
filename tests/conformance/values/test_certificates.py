"""The certificates of x509Certificates.value are DER in base64, and differ."""

from __future__ import annotations

import base64
from random import Random

from cryptography import x509

from conformance.values.certificates import CERTIFICATES, own_certificate


def test_certificates_can_be_read_and_differ() -> None:
    read = [x509.load_der_x509_certificate(base64.b64decode(text, validate=True)) for text in CERTIFICATES]
    assert len({found.subject.rfc4514_string() for found in read}) == len(read) == 2


def test_own_certificates_can_be_read_and_have_serial_numbers_of_their_own() -> None:
    made = [own_certificate(Random(seed)) for seed in range(20)]
    read = [x509.load_der_x509_certificate(base64.b64decode(text, validate=True)) for text in made]
    assert len({found.serial_number for found in read}) == 20
    assert {len(text) for text in made} == {len(CERTIFICATES[1])}
