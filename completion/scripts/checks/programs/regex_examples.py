"""Tries a regular expression on examples, one line of output after each, so that whoever waits knows which one hangs.

Standard input: {"pattern", "matching", "other", "probes"}. Standard output: JSON lines: first {"error"} or
{"compiled": true, "warnings"}, then {"begin": index, "group"} before and {"found": boolean} after every example.
"""

import json
import re
import sys
import warnings


def main() -> None:
    """Read, compile, try."""
    asked = json.load(sys.stdin)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            pattern = re.compile(asked["pattern"])
        except re.error as error:
            _say({"error": error.msg, "line": error.lineno or 1, "column": error.colno or 1})
            return
        except (OverflowError, RecursionError) as error:
            _say({"error": str(error) or type(error).__name__, "line": 1, "column": 1})
            return
    _say({"compiled": True, "warnings": [str(one.message) for one in said]})
    for group in ("matching", "other", "probes"):
        for index, text in enumerate(asked[group]):
            _say({"begin": index, "group": group})
            _say({"found": pattern.search(text) is not None})


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
