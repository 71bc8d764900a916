"""Defects that need code: one module per kind of behavior, one function per defect, found by the name of the defect."""
