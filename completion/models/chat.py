"""How families of instruct models mark the turns of a conversation: our own tables, never a template from a file.

`completion.scripts.chat` writes conversations with them. A marker is a control token where the family's vocabulary has
it as one; the others are text that such a model has learned to read.

Sources:
  chatml    https://github.com/openai/openai-python/blob/main/chatml.md, and Qwen2.5-Coder's README
  deepseek  DeepSeek-Coder's README, "Chat Model Inference"
  inst      Code Llama, llama/generation.py (`chat_completion`). UNVERIFIED for vocabularies in which [INST] is a
            control token (Codestral): there it is spelt as text, which such a model has seen less often
  gemma     https://ai.google.dev/gemma/docs/core/prompt-structure; there is no turn for the system
  granite   Granite 4.0's prompt engineering guide; UNVERIFIED for 4.1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Chat = Literal["chatml", "deepseek", "inst", "gemma", "granite"]
Role = Literal["system", "user", "assistant"]
Mark = tuple[str, ...]
"""Control tokens and texts in turn; a control token is one of `ChatTemplate.controls`."""


@dataclass(frozen=True, slots=True)
class ChatTemplate:
    """One family's marks: what stands in front of and behind the text of each role.

    Where `system_inside` is a pair, the system's text stands between its parts, at the beginning of the first user's
    turn. `controls` are control tokens of the vocabulary; `end` is the one that ends an answer. `words` are the marks
    that are text, which a person's text may not spell.
    """

    controls: tuple[str, ...]
    end: str
    before: Mapping[Role, Mark]
    after: Mapping[Role, Mark]
    bos: str = ""
    system_inside: tuple[str, str] | None = None
    words: tuple[str, ...] = ()


_DEEPSEEK_BOS = "<｜begin▁of▁sentence｜>"

TEMPLATES: Mapping[Chat, ChatTemplate] = {
    "chatml": ChatTemplate(
        controls=("<|im_start|>", "<|im_end|>"),
        end="<|im_end|>",
        before={
            "system": ("<|im_start|>", "system\n"),
            "user": ("<|im_start|>", "user\n"),
            "assistant": ("<|im_start|>", "assistant\n"),
        },
        after=dict.fromkeys(("system", "user", "assistant"), ("<|im_end|>", "\n")),
    ),
    "deepseek": ChatTemplate(
        controls=(_DEEPSEEK_BOS, "<|EOT|>"),
        end="<|EOT|>",
        bos=_DEEPSEEK_BOS,
        before={"system": (), "user": ("### Instruction:\n",), "assistant": ("### Response:\n",)},
        after={"system": ("\n",), "user": ("\n",), "assistant": ("\n", "<|EOT|>", "\n")},
        words=("### Instruction:", "### Response:"),
    ),
    "inst": ChatTemplate(
        controls=("<s>", "</s>"),
        end="</s>",
        bos="<s>",
        before={"system": (), "user": ("[INST] ",), "assistant": (" ",)},
        after={"system": (), "user": (" [/INST]",), "assistant": (" ", "</s>", "<s>")},
        system_inside=("<<SYS>>\n", "\n<</SYS>>\n\n"),
        words=("[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"),
    ),
    "gemma": ChatTemplate(
        controls=("<bos>", "<start_of_turn>", "<end_of_turn>"),
        end="<end_of_turn>",
        bos="<bos>",
        before={
            "system": (),
            "user": ("<start_of_turn>", "user\n"),
            "assistant": ("<start_of_turn>", "model\n"),
        },
        after=dict.fromkeys(("system", "user", "assistant"), ("<end_of_turn>", "\n")),
        system_inside=("", "\n\n"),
    ),
    "granite": ChatTemplate(
        controls=("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
        end="<|end_of_text|>",
        before={
            "system": ("<|start_of_role|>", "system", "<|end_of_role|>"),
            "user": ("<|start_of_role|>", "user", "<|end_of_role|>"),
            "assistant": ("<|start_of_role|>", "assistant", "<|end_of_role|>"),
        },
        after=dict.fromkeys(("system", "user", "assistant"), ("<|end_of_text|>", "\n")),
    ),
}
