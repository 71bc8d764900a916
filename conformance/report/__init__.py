"""The outputs of a run, made from its stream: console, HTML, JSON, JUnit, Markdown, SARIF, badge, and comparisons."""
