"""What `locust -f loadtests/locustfile.py --host URL` runs; the token comes from SCIM_TOKEN.

SCIM_TOKEN=… locust -f loadtests/locustfile.py --host https://host/scim/v2 --people 1000 --headless -u 8 -r 8 --tags leavers
"""

from __future__ import annotations

from loadtests.locust import events  # registers the hooks
from loadtests.locust.users import ProvisioningUser

__all__ = ["ProvisioningUser", "events"]
