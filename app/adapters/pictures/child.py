"""The child process of the press: reads one order and one picture, answers with copies or a refusal."""

import json
import resource
import sys

from app.adapters.pictures import containers, copies
from app.adapters.pictures.refusal import Refused

MOST_MEMORY = 1536 * 1024 * 1024  # of address space; 60 megapixels need less than half
MOST_CPU_S = 15


def main() -> None:
    """Do one order and end."""
    _limit()
    order = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    try:
        kind = containers.inspect(data, declared_type=order["declared_type"])
        made = copies.develop(data, kind, covered=order["covered"])
    except Refused as refused:
        answer = [json.dumps({"refused": refused.code}).encode(), b"\n"]
    else:
        told = {**made.told, "sizes": [len(made.large), len(made.thumb)]}
        answer = [json.dumps(told).encode(), b"\n", made.large, made.thumb, made.plates]
    sys.stdout.buffer.writelines(answer)
    sys.stdout.buffer.flush()


def _limit() -> None:
    """Give up what a picture does not need: memory, time, files, processes."""
    for what, most in (
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CPU, MOST_CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
