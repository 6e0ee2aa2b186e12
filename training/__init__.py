"""Makes the embedded model: corpus, infilling stream, trainer, export, evaluation.

Nothing of the product imports this package, and it knows nothing of editors or engines. It needs
more than the product does (torch, sentencepiece, safetensors, gguf, numpy: the extra `[torch]`).
"""
