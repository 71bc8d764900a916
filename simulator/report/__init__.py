"""Reports of a simulation, made from its stream, and the building blocks that the reports of all tools share."""
