"""What the checks of one topic share: sample values, requests of one kind, readings of one document."""
