"""Reports of a load run, each made from the run's event stream."""
