"""The front hall: LSP, the command line and configuration. Knows nothing of prompts and engines."""
