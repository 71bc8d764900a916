"""Runs a scenario from start to end: simulation, injected faults, expectations, verification, and outcome."""
