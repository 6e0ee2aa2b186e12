"""`lsp-copilot`: the language server (`--stdio`) and the headless commands."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Sequence

from completion import __version__
from completion.errors import CopilotError

_EPILOG = """\
examples:
  lsp-copilot --stdio                      the language server, for an editor
  lsp-copilot demo                         watch the model complete holes in example files
  lsp-copilot complete src/app.py:12:9     complete one position (line and column from 1)
  lsp-copilot script sql "..."             write a script and check it (also shell, dockerfile, kubernetes, ...)
  lsp-copilot normalize FILE --table DDL.sql   messy records into SQL rows, each one proved
  lsp-copilot doctor                       what was found, what was chosen and why, does it work
  lsp-copilot bench .                      which model completes your own code best, and how fast they are
  lsp-copilot why                          why the last suggestion was shown in your editor, or none was
  lsp-copilot models list                  which larger models this machine can run, and how to get them

Settings come from config.toml in your own configuration folder (`lsp-copilot doctor` prints where),
from environment variables LSP_COPILOT_<NAME>, and from the options above.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code. Errors are one sentence on standard error."""
    # Other packages' pydantic plugins have no business here, and looking for them delays the start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from lsp_server import options

    argv = sys.argv[1:] if argv is None else list(argv)
    # An editor waits for `--stdio`: the commands and what they import stay out of its way.
    arguments = (_base() if "--stdio" in argv else _parser()).parse_args(argv)
    cli = {key: getattr(arguments, key) for key in ("model", "model_path", "log_level", "log_file")}
    resolved = options.load({key: value for key, value in cli.items() if value is not None})
    if arguments.stdio:
        from lsp_server.server import serve

        return serve(resolved)
    if arguments.command is None:
        _parser().print_help()
        return 2
    for notice in resolved.notices:
        print(f"lsp-copilot: {notice}", file=sys.stderr)
    try:
        code: int = arguments.run(arguments, resolved)
    except CopilotError as error:
        print(f"lsp-copilot: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lsp-copilot: interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output has left (`| head`); keep the interpreter from complaining at exit.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    from lsp_server.cli import bench, complete, demo, doctor, models, normalize, script, version, why

    parser = _base()
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    for command in (bench, complete, demo, doctor, models, normalize, script, why, version):
        command.add(subparsers)
    return parser


def _base() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lsp-copilot",
        description="A local code copilot that lives on your own machine and speaks plain LSP.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stdio", action="store_true", help="run the language server on standard input and output")
    parser.add_argument("--version", action="version", version=f"lsp-copilot {__version__}")
    parser.add_argument("--model", metavar="NAME", help="catalogue name of the model (default: embedded)")
    parser.add_argument("--model-path", metavar="FILE", help="a GGUF file to use for that model")
    parser.add_argument("--log-level", choices=("error", "warning", "info", "debug"), help="detail of the log")
    parser.add_argument("--log-file", metavar="FILE", help="log to this file instead of standard error")
    # Editors' clients add this one by themselves; the pid that counts comes with `initialize`.
    parser.add_argument("--clientProcessId", metavar="PID", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
