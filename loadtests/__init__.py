"""Load tests: Locust sends the requests of Entra ID at scale, and the end state is verified."""
