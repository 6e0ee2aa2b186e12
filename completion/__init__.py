"""Text in, text out: context, prompts, engines and verification of code completions.

This package knows nothing of LSP, editors or JSON-RPC; `lsp_server` brings it to them.
"""

__version__ = "0.1.0"
