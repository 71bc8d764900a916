"""Lifecycle tests of an application: `pytest --scim-url https://host/scim/v2 --scim-token "$SCIM_TOKEN"`."""


def test_leaver_is_off_within_the_hour(scim_simulation):
    life = scim_simulation(users=10, days=2, cast={"anna": 3})
    life.on(1, "09:05", "blocked", "anna", then="anna is inactive within 45m")
    life.run().must_be_good()


def test_mover_keeps_her_account(scim_simulation, scim_company):
    anna = scim_company(users=10).person(3)
    life = scim_simulation(users=10, days=1, cast={"anna": 3})
    life.on(
        1,
        "09:05",
        "user_name_changed",
        "anna",
        user_principal_name=f"new.{anna.user_principal_name}",
        then="anna exists",
    )
    lived = life.run()
    lived.must_be_good()
    assert lived.outcome.requests_by_operation["create user"] == 10


def test_built_in_scenario(scim_simulation):
    scim_simulation("manager-chain-reversed").run().must_be_good()
