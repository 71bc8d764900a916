"""Two self-signed certificates in base64-encoded DER, for x509Certificates.value (RFC 7643 section 4.1.2).

Their private keys were discarded.
"""

from __future__ import annotations

import base64
from random import Random

_SERIAL = slice(16, 35)  # all bytes of the serial number but the first, which keeps it positive

CERTIFICATES = (
    (
        "MIIBeDCCAR+gAwIBAgIUEKL9ix11UpmanHKpGxgqTgraAPMwCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGY2hlY2sxMCAXDTI2MTEy"
        "NTAxNDkwMloYDzIxMjYxMTAxMDE0OTAyWjARMQ8wDQYDVQQDDAZjaGVjazEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQTDoLf"
        "6D64ntXEcIyG1lWZ7HE+5GOps00hUpvJo/oL/r7n8lCv07BCnIi9J9ha7/P9HjLI/fKSqXaGcYJ0HBlXo1MwUTAdBgNVHQ4EFgQU"
        "W3ullnR6YVFQus5pvchMm3tK2OgwHwYDVR0jBBgwFoAUW3ullnR6YVFQus5pvchMm3tK2OgwDwYDVR0TAQH/BAUwAwEB/zAKBggq"
        "hkjOPQQDAgNHADBEAiBErvtihGvn0JvBixAlDo+lTKiyFjvRtJdIol/y5sFpXgIgU7AdY/InelB2tWiFOnvKueWIPtANdB4ov7pJ"
        "JG64xVs="
    ),
    (
        "MIIBeTCCAR+gAwIBAgIUWhB8Y8X/m3k47GDYUYVRCdqzkhEwCgYIKoZIzj0EAwIwETEPMA0GA1UEAwwGY2hlY2syMCAXDTI2MTEy"
        "NTAxNDkwMloYDzIxMjYxMTAxMDE0OTAyWjARMQ8wDQYDVQQDDAZjaGVjazIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARfP9sq"
        "f0chHuuIQORIP6YxYGnMeu7AJGmXKwtWKICwbdfqoviBZ6yXvHJCOE0IwrgyXOIh5/JycQ79dtSOIqHEo1MwUTAdBgNVHQ4EFgQU"
        "Dr9qvfKYM0684VqHhxzOpnRZELcwHwYDVR0jBBgwFoAUDr9qvfKYM0684VqHhxzOpnRZELcwDwYDVR0TAQH/BAUwAwEB/zAKBggq"
        "hkjOPQQDAgNIADBFAiBmSIf8vJfVmy4PkVh0hG3s6+DVyxNrHrfPqCsWLxeMtgIhAJUKowwkVmhKAzeEchZWIcwCFL+d5EFIh4yn"
        "Ilq0fWUT"
    ),
)


def own_certificate(random: Random) -> str:
    """The second certificate with another serial number, so that a filter finds no other users; its signature is wrong."""
    der = bytearray(base64.b64decode(CERTIFICATES[1]))
    der[_SERIAL] = random.randbytes(_SERIAL.stop - _SERIAL.start)
    return base64.b64encode(der).decode()
