"""The Locust file for `locust -f loadtests/locustfile.py --host URL`. The token comes from SCIM_TOKEN.

SCIM_TOKEN=… locust -f loadtests/locustfile.py --host https://host/scim/v2 --people 1000 --headless -u 8 -r 8 --tags leavers
"""

from __future__ import annotations

import os

from loadtests.locust import events  # registers the hooks
from loadtests.locust.users import ProvisioningUser
from reference_server.lifeline import end_with_parent_under_gevent
from secrecy.console import redact_errors, redact_output

os.umask(0o077)  # files that Locust writes (--csv, --html, --logfile) are readable only by their owner
redact_output()
redact_errors()
end_with_parent_under_gevent()

__all__ = ["ProvisioningUser", "events"]
