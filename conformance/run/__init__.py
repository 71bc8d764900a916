"""One run of the suite: preflight, collecting and judging checks, cleaning up."""
