"""The benchmark: compares the reference server with other servers, and measures scale, sync, and the simulator."""
