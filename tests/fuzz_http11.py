"""Feeds the response parser what no server should send, for as long as asked: ``make fuzz MINUTES=10``.

Responses are mutated (bytes changed, cut, doubled, joined) and handed over whole and in random pieces. Whatever they
are, the parser has to come to the same end either way, with a response or a ProtocolError and nothing else, within a
second. The first that fails is printed with its seed, so that ``--seed`` shows it again.
"""

import argparse
import faulthandler
import random
import sys
import time

from scenarios.http11 import ProtocolError, Response, ResponseParser

_SLOW_S = 1.0  # of CPU time; a pause of the machine is nobody's fault
_SAY_EVERY_S = 30.0
_CORPUS = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nServer: s\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nDate: now\r\n\r\n",
    b"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
    b"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + b"y" * 300,
)
_SPLICES = (
    *(b"\r\n", b"\r\n\r\n", b"\n", b":", b" ", b"\x00", b"\xff" * 9, b"0\r\n\r\n", b"-1", b"1e9", b"9" * 20, b"f" * 17),
    *(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"HTTP/1.1 200 OK\r\n"),
)


def mutated(chance: random.Random) -> bytes:
    """A response, or two, after up to eight changes."""
    data = bytearray(chance.choice(_CORPUS))
    if chance.random() < 0.2:
        data += chance.choice(_CORPUS)
    for _ in range(chance.randrange(9)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0 if data:
                data[at % len(data)] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randrange(1, 20)]
            case 2:
                data[at:at] = chance.choice(_SPLICES)
            case 3:
                data[at:at] = data[at : at + chance.randrange(1, 40)]
            case _:
                data[at:at] = chance.randbytes(chance.randrange(1, 9))
    return bytes(data)


def pieces(data: bytes, chance: random.Random) -> list[bytes]:
    """The same bytes, cut at up to ten places."""
    cuts = sorted(chance.randrange(len(data) + 1) for _ in range(chance.randrange(11)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def end_of(parts: list[bytes], method: str) -> Response | str | None:
    """What the parser makes of the parts and the end of the connection: the first response, or that it refused them.

    A client hears no more once it has its response; a second one in the same read is an error, in a later one it is
    nobody's. So only what comes up to and with the last byte of the response counts.
    """
    parser = ResponseParser(method)
    try:
        for part in parts:
            if part and (response := parser.feed(part)):
                return response
        return parser.end()
    except ProtocolError:
        return "refused"


def main() -> None:
    """Fuzz until the time is up; exit code 1 and the case when one fails."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_http11")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=None, help="start with this one")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(2**48) if options.seed is None else options.seed
    first, started_s = seed, time.monotonic()
    said_s = started_s
    while (now_s := time.monotonic()) < started_s + 60 * options.minutes:
        if now_s > said_s + _SAY_EVERY_S:
            said_s = now_s
            print(f"{seed - first:,} cases, {(now_s - started_s) / 60:.1f} minutes", flush=True)
        # A hang ends the process with a traceback of where it hangs.
        faulthandler.dump_traceback_later(10, exit=True)
        _one(seed)
        seed += 1
    faulthandler.cancel_dump_traceback_later()
    print(f"{seed - first:,} cases from seed {first}: no crash, no hang, no disagreement between splits")


def _one(seed: int) -> None:
    chance = random.Random(seed)
    data, method = mutated(chance), chance.choice(("GET", "GET", "HEAD"))
    cut = pieces(data, chance)
    try:
        started_s = time.process_time()
        whole, in_pieces = end_of([data], method), end_of(cut, method)
        slow = time.process_time() - started_s > _SLOW_S
    except Exception:
        print(f"seed {seed}: {method}, {data!r}", file=sys.stderr)
        raise
    # Whole, bytes after the response are refused with it; in pieces they may come after it was handed over.
    agree = whole == in_pieces or (whole == "refused" and isinstance(in_pieces, Response))
    if slow or not agree:
        sys.exit(f"seed {seed}: {method}, {data!r}: whole {whole!r}, in pieces {in_pieces!r}, slow {slow}")


if __name__ == "__main__":
    main()
