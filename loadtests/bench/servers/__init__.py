"""What the benchmark starts beside the reference server: each file is a program, and imports nothing of ours."""
