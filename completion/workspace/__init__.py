"""The workspace: which of its files may enter context, how they are read, and what in them is masked.

Knows nothing of models, prompts and editors.
"""
