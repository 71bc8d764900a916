"""Readers of a run's stream: the page shell that all rooms share, timelines, console, HTML, JSON."""
