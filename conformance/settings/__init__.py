"""What a run is told: options, the configuration file with its waivers, access to the target, the baseline."""
