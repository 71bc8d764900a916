"""Seeded defects: each breaks one behavior of the reference server as a real server did, and names the check that must find it.

A defect is one row of catalogue.csv. Its column `mutation` says what happens between client and server:

    redeclare(USER, 'active', type='string')
    reject('POST /Groups' and lacks('members'), 400, 'invalidValue')
    show(drop('meta.created'))

The words are the combinators of `mutations`, `conditions`, `edits` and `changes`; docs/defects.md lists them all.

If no combinator says it, the cell stays empty, and a module in `behaviors` holds a function with the name of the defect
(underscores instead of hyphens):

    def patch_not_atomic(request: Request, server: Server) -> Reply: ...

`server(request)` asks the real server and can be called any number of times; `server.memory` is a dict of this defect alone.

`killed_by` names check functions, separated by spaces: the first is the most important one, and each must give the verdict in
`verdict` (or FAIL) in at least one case. `python -m conformance.self_test NAME` proves it. Names of bugs that real servers have
shown are kept; left_out.csv lists those that cannot be seeded here, with the reason.
"""
