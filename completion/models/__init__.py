"""Which models exist, where their files lie, and what they need. Knows no engine."""
