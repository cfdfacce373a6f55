"""What Python has of its own."""

import random
import secrets
import sys
import time


def fail() -> None:
    raise RuntimeError("asked to fail")


def print_line(text: str) -> None:
    print(text, flush=True)


def print_error_line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def system_clock() -> int:
    return time.time_ns() // 1_000_000


def system_random() -> str:
    return secrets.token_hex(16)


def number() -> float:
    return random.random()
