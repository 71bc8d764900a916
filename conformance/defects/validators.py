"""Defects that Microsoft's two validators were made to find."""

from __future__ import annotations

from conformance.defects.catalogue import defect
from conformance.defects.operations import paths
from conformance.defects.wire import Reply, Request, Server


@defect(
    "manager-cannot-be-changed",
    source="interop-bugs patch-manager-as-string; python-scim/scim2-server 0.8",
    breaks="any PATCH of the manager is refused",
    killed_by="test_add_manager test_replace_manager test_remove_manager test_user_update_manager_test "
    "test_scim_update_manager_test test_manager_in_every_form test_manager_is_patched_by_urn",
)
def manager_cannot_be_changed(request: Request, server: Server) -> Reply:
    if any("manager" in path for path in paths(request)):
        return Reply.error(400, "invalidValue", "manager")
    return server(request)


@defect(
    "create-answers-with-another-name",
    source="interop-bugs create-username-differs-from-read",
    breaks="the answer to a creation shows names in capitals, as the directory behind it keeps them",
    killed_by="test_scim_user_create_test test_scim_group_create_test",
)
def create_answers_with_another_name(request: Request, server: Server) -> Reply:
    reply = server(request)
    if request.method != "POST":
        return reply
    return reply.each_resource(
        lambda held: {**held, **{n: str(held[n]).upper() for n in ("userName", "displayName") if n in held}}
    )


@defect(
    "delete-of-nobody-is-204",
    source="interop-bugs delete-not-404-afterwards",
    breaks="DELETE of what is not there is answered 204",
    killed_by="test_delete_a_non_existent_user test_delete_a_non_existent_group test_delete_the_same_user_twice "
    "test_delete_the_same_group_twice",
)
def delete_of_nobody_is_204(request: Request, server: Server) -> Reply:
    reply = server(request)
    return Reply(204) if request.method == "DELETE" and reply.status == 404 else reply
