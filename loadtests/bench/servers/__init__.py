"""The other servers of the benchmark. Each file is a program that imports nothing from Scimulator."""
