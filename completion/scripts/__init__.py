"""Scripts on request: written by a model, proved by real validators, never run."""
