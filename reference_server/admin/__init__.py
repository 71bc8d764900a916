"""Administration: the pages, the JSON API, and control of the virtual clock and of faults."""
