"""The certificates of x509Certificates.value are DER in base64, and differ."""

from __future__ import annotations

import base64

from cryptography import x509

from conformance.values.certificates import CERTIFICATES


def test_certificates_can_be_read_and_differ() -> None:
    read = [x509.load_der_x509_certificate(base64.b64decode(text, validate=True)) for text in CERTIFICATES]
    assert len({found.subject.rfc4514_string() for found in read}) == len(read) == 2
