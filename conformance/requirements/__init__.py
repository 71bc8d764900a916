"""What a target is judged by: the catalogue of requirements, the profiles, the verdicts."""
