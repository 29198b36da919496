"""curl: what a shell script gets that takes the text from the lines that begin with `data:`."""

import json
import re
import subprocess
import sys

from contract import Asked, Seen, main


def read(asked: Asked, seen: Seen) -> None:
    """Read one stream line by line."""
    seen.reasoning = seen.tool_calls = None
    body = {"model": asked.model, "messages": asked.messages, "stream": True, **asked.offered}
    body["stream_options"] = {"include_usage": True}
    command = [
        "curl", "--silent", "--show-error", "--no-buffer", "--fail", "--compressed",
        "--noproxy", "*", "--json", "@-", f"{asked.base_url}/chat/completions",
    ]  # fmt: skip
    done = subprocess.run(command, input=json.dumps(body).encode(), capture_output=True)
    # Text mode would treat U+0085 and other characters inside the JSON as line ends.
    for line in re.split("\r\n|\n|\r", done.stdout.decode("utf-8", "replace")):
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data not in ("", "[DONE]"):
            seen.chunks += 1
            take(json.loads(data), seen)
    if done.returncode:
        raise OSError(done.stderr.decode("utf-8", "replace").strip())


def take(chunk: object, seen: Seen) -> None:
    """Take text, finish reason and usage from a chunk, as jq's `?` and `//` would."""
    usage = at(chunk, "usage")
    if isinstance(usage, dict):
        seen.count(usage.get("prompt_tokens"), usage.get("completion_tokens"))
    text = at(chunk, "choices", 0, "delta", "content")
    seen.text += text if isinstance(text, str) else ""
    seen.finish = at(chunk, "choices", 0, "finish_reason") or seen.finish


def at(value: object, *path: object) -> object:
    """The value at a path in a JSON value, None if there is none."""
    for step in path:
        try:
            value = value[step]
        except (TypeError, LookupError):
            return None
    return value


if __name__ == "__main__":
    try:
        output = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as missing:
        sys.exit(f"curl is not installed ({missing}).")
    main(read, version=" ".join(output.stdout.split()[:2]))
