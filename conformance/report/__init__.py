"""Readers of a run's stream: console, HTML, JSON, JUnit, Markdown, SARIF, badge, runs side by side."""
