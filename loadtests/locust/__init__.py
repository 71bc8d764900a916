"""The code that runs in Locust's processes: users, arrivals, options, measurements, and coordination of workers."""
