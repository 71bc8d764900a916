"""What was done by hand, as a scenario, a tape, a HAR, or a report."""
