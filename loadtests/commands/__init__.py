"""The commands `load` and `report` of load tests."""
