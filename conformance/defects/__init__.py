"""Seeded defects: each breaks one thing of the reference server as a real server did, and names the check that must see it.

A defect is a function between client and server, on plain requests and replies:

    @defect(
        "patch-active-noop-200",
        source="NorthlandPositronics/Cogtrix#122",
        breaks="PATCH active=false is answered with success and nothing happens",
        killed_by="test_disabled_user_is_inactive test_replace_sets_active",
    )
    def patch_active_noop_200(request: Request, server: Server) -> Reply:
        if request.method == "PATCH" and any(o.get("path") == "active" for o in request.operations):
            return server(Request("GET", request.path))
        return server(request)

`server(request)` asks the real server; call it any number of times. `server.memory` is a dict of this defect alone.
`killed_by` names check functions: the first must find it, each must end as FAIL (or as `verdict` says) in at least one case.
The function's name is the defect's, with underscores; bugs of interop-bugs.md keep their names.
"""
