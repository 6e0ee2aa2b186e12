"""From a request to the exact segments that a model was trained on. Knows no engine."""
