"""Resolved settings: one frozen value, validated, with no knowledge of files or environment.

`lsp_server.options` reads the layers (defaults, user file, project file, editor) and builds it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

PROTECTED_KEYS = frozenset(
    {"model_path", "engine", "endpoint", "endpoint_model", "endpoint_key", "engine_python", "log_file"}
)
"""Keys that only the user's own file, environment or command line may set: a repository is not the user."""


class Settings(BaseModel):
    """All settings. The names are the same in `config.toml`, the environment and every editor."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = Field(True, description="Offer suggestions at all.")
    model: str = Field("auto", description="Catalogue name of the completion model; auto chooses by measurement.")
    script_model: str = Field("auto", description="Catalogue name of the model for scripts; auto chooses.")
    latency_ms: Annotated[int, Field(ge=50, le=10000)] = Field(
        400,
        description="Time within which the first line should be there at 19 of 20 keys; decides which model is chosen.",
    )
    model_path: str = Field("", description="A GGUF file or a safetensors folder of that model. User-level only.")
    engine: Literal["auto", "llama", "transformers", "ctransformers"] = Field(
        "auto", description="The library that runs the model; auto goes by the file's format. User-level only."
    )
    endpoint: str = Field(
        "",
        description="URL of a server to use instead: http://host:8000 speaks OpenAI; others say their kind, as in "
        "ollama+http://host:11434 (llama-server, vllm, ollama, lmstudio). User-level only.",
    )
    endpoint_model: str = Field("", description="The model name that this server expects. User-level only.")
    endpoint_key: str = Field("", description="Environment variable that holds the server's key. User-level only.")
    engine_python: str = Field("", description="Python interpreter that runs the engine host. User-level only.")
    threads: Annotated[int, Field(ge=0, le=512)] = Field(0, description="Engine threads; 0 chooses.")
    idle_seconds: Annotated[float, Field(ge=0, le=86400)] = Field(
        30.0, description="How long the engine host stays after the last editor has left."
    )
    unload_minutes: Annotated[float, Field(ge=0, le=10080)] = Field(
        15.0, description="Let the model go after so long without a request; 0 keeps it."
    )
    pause_on_battery: bool = Field(False, description="No automatic suggestions while the machine runs on battery.")
    debounce_ms: Annotated[int, Field(ge=0, le=2000)] = Field(
        150, description="Longest wait after a key before asking; the wait itself follows your own rhythm."
    )
    deadline_ms: Annotated[int, Field(ge=50, le=60000)] = Field(
        2000, description="Time for one automatic suggestion; what ends at a clean boundary by then is kept."
    )
    max_lines: Annotated[int, Field(ge=1, le=100)] = Field(12, description="Longest suggestion, in lines.")
    disabled_languages: tuple[str, ...] = Field((), description="Language ids without suggestions.")
    log_level: Literal["error", "warning", "info", "debug"] = Field("info", description="Detail of the log.")
    log_file: str = Field("", description="Log to this file instead of standard error. User-level only.")
