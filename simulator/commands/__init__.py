"""The commands of the simulator, one module each, and their command line."""
