"""The settings of a run: options, the configuration file with its waivers, access to the target, and the baseline."""
