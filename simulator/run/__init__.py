"""A run of a scenario from start to end: simulation, injected outages, expectations, verification, outcome."""
