"""The language server over real pipes, with the real engine."""
