"""What a check is written with: its session, its verifiers, its cases."""
