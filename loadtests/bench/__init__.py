"""The benchmark: the reference server beside other people's servers, what size costs, the sync, and the simulator itself."""
