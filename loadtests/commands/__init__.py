"""The commands `load` and `report`."""
