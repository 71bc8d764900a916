"""What runs inside Locust's processes: users, arrivals, options, figures, and how master and workers agree."""
