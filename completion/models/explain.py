"""A choice in words: which model, why this one, what it takes, and what speaks against the others."""

from __future__ import annotations

from completion.models.memory import Part
from completion.models.select import Choice, Row

_WIDTH = 28


def explain(choice: Choice) -> str:
    """The answer to "why this one?", with the arithmetic."""
    lines = [*_machine(choice), "", *_chosen(choice)]
    if choice.better is not None:
        lines += ["", *_better(choice.better, choice)]
    missed = _without_file(choice)
    if missed is not None:
        lines += ["", f"Better still, if you bring its file: {_form(missed)}"]
    lines += ["", f"All models for {choice.role}, the best first:"]
    lines += [_line(row, choice) for row in choice.rows]
    if choice.warnings:
        lines += ["", *(f"Note: {sentence}" for sentence in choice.warnings)]
    return "\n".join(lines)


def _machine(choice: Choice) -> list[str]:
    device, calibration = choice.device, choice.calibration
    known = " ".join(device.instructions) or "instruction sets unknown"
    lines = [
        f"Machine: {device.processor}, {device.cores} cores ({known}), "
        f"{_gb(device.memory_free)} of {_gb(device.memory_total)} memory free"
    ]
    lines += [
        f"GPU:     {gpu.name} ({gpu.kind}), {_gb(gpu.free_bytes)} of {_gb(gpu.total_bytes)} free"
        f"{', in the system memory' if gpu.unified else ''}"
        for gpu in device.gpus
    ]
    lines += [f"         {sentence}" for sentence in (*device.unread, device.advice) if sentence]
    lines.append(f"Speed:   {calibration.source}{f', {calibration.date}' if calibration.date else ''}")
    return lines


def _chosen(choice: Choice) -> list[str]:
    row = choice.row
    return [f"Chosen:  {_form(row)}", *_worth(row), *_memory(row), *_speed(row, choice)]


def _better(row: Row, choice: Choice) -> list[str]:
    return [
        f"Better:  {_form(row)}",
        f"  to have it: lsp-copilot models pull {row.model.name} --quantization "
        f"{row.file.quantization if row.file else ''}   (licence {row.model.licence})",
        *_worth(row),
        *_memory(row),
        *_speed(row, choice),
    ]


def _without_file(choice: Choice) -> Row | None:
    """The best model that would fit and whose file nobody has published under a name that we know."""
    best = (choice.better or choice.row).worth
    return next((row for row in choice.rows if row.verdict == "no file" and row.worth > best), None)


def _form(row: Row) -> str:
    quantization = row.file.quantization if row.file else "?"
    return (
        f"{row.model.title}, {quantization}, on {row.gpu.name if row.gpu else 'the processor'}, prompts of "
        f"{row.model.prompt_tokens} tokens, batches of {row.batch}"
    )


def _worth(row: Row) -> list[str]:
    return [f"  worth {row.worth:.1f} of 100: {row.merit}"]


def _memory(row: Row) -> list[str]:
    if row.memory is None:
        return []
    lines = [f"  memory {_gb(row.memory.total)} of {_gb(row.room.bytes)} ({row.room.arithmetic})"]
    lines += [_part(part) for part in row.memory.parts]
    if row.memory.shared == "apart":
        lines.append(f"  and {_mb(row.memory.in_system)} of the system's memory")
    return lines + [_part(part) for part in row.memory.beside]


def _part(part: Part) -> str:
    return f"    {part.name:<15}{_mb(part.bytes):>9}  {part.arithmetic}"


def _speed(row: Row, choice: Choice) -> list[str]:
    if row.speed is None:
        return []
    lines = [
        f"  time {row.speed.warm_ms:.0f} ms, {row.speed.late_ms:.0f} at one key in twenty; "
        f"the budget is {choice.budget_ms:.0f}"
    ]
    return lines + [f"    {sentence}" for sentence in row.speed.arithmetic]


def _line(row: Row, choice: Choice) -> str:
    quantization = row.file.quantization if row.file else "-"
    memory = _gb(row.memory.total) if row.memory else "?"
    time = f"{row.speed.warm_ms:.0f} ms" if row.speed else "?"
    word = "chosen" if row.model.name == choice.row.model.name else row.verdict
    return (
        f"  {row.model.name:<{_WIDTH}} {quantization:<7}{memory:>9}{time:>10}  worth {row.worth:>4.1f}  "
        f"{word:<11}{row.model.licence:<25}{row.reason}"
    )


def _gb(count: int) -> str:
    return f"{count / 1e9:.2f} GB"


def _mb(count: int) -> str:
    return f"{count / 1e6:.0f} MB"
