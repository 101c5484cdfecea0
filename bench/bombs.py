"""What hostile servers cost: `python -m bench.bombs [SECONDS]`.

600 MB of zeros in gzip, brotli and zstd, and servers that trickle, are fetched by a fresh process each, with the limits of
the settings, but SECONDS (5) for the exchange. Printed are the growth of its memory, at the peak, over what it holds once a
small page was fetched, and the time. Exit code 1 if a peak is over 64 MiB or a limit of time is not kept.
"""

from __future__ import annotations

import gzip
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote, unquote

import brotli

from worker.errors import Rejected, Retryable
from worker.http import Client
from worker.settings import MEBI, Settings

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SIZE = 600_000_000
MOST_BYTES = 64 * MEBI
# A clock is looked at between two steps, and a step of a busy machine may take this.
GRACE = 2.0
SMALL = b"<html>hello</html>"
OK = b"HTTP/1.1 200 OK\r\n"
# What a server says at once, and what it says then, twenty times a second.
TRICKLES = {
    "slow head": (OK, b"X: y\r\n"),
    "slow body": (OK + b"\r\n", b"x"),
    "slow gzip": (OK + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
    "silent": (b"", b""),
}
# With the ratio allowed for, it is the size that ends it: more is decompressed, and memory must hold all the same.
RATIOS = {"": {}, " by size": {"max_ratio": 1_000_000}}


def main(seconds: float) -> int:
    """Print a row for each server; 1 if one of them got too much."""
    bodies = {coding: bomb(coding) for coding in ("gzip", "br", "zstd")}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Hostile,), {"bodies": bodies}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"{'server':<14}{'on the wire':>12}  {'outcome':<11}{'peak MiB':>9}{'seconds':>9}{'CPU':>7}")
    failed = False
    for name in (*(coding + how for coding in bodies for how in RATIOS), "plain", *TRICKLES):
        found = in_a_process(f"http://127.0.0.1:{server.server_port}", name, seconds)
        wire = f"{len(bodies[name.split()[0]]):,}" if name.split()[0] in bodies else ""
        size = found["bytes"] / MEBI
        print(f"{name:<14}{wire:>12}  {found['outcome']:<11}{size:>9.1f}{found['seconds']:>9.2f}{found['cpu']:>7.2f}")
        failed |= found["bytes"] > MOST_BYTES or found["seconds"] > seconds + GRACE or found["outcome"] == "read"
    server.shutdown()
    return int(failed)


def bomb(coding: str) -> bytes:
    """The compressed zeros; made once and kept in the system's temporary folder."""
    kept = Path(tempfile.gettempdir()) / f"newsworker-bomb-{SIZE}.{coding}"
    if not kept.exists():
        kept.write_bytes(b"".join(compressed(coding)))
    return kept.read_bytes()


def compressed(coding: str) -> Iterator[bytes]:
    """Zeros on their way through a compressor."""
    add, end = compressor(coding)
    for start in range(0, SIZE, MEBI):
        yield add(bytes(min(MEBI, SIZE - start)))
    yield end()


def compressor(coding: str) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    """How bytes are added, and how it ends."""
    if coding == "gzip":
        gzip_coder = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
        return gzip_coder.compress, gzip_coder.flush
    if coding == "br":
        brotli_coder = brotli.Compressor(quality=9)
        return brotli_coder.process, brotli_coder.finish
    coder = zstd.ZstdCompressor()
    return coder.compress, coder.flush


class Hostile(BaseHTTPRequestHandler):
    """Serves bombs, an endless body, trickles and a small page."""

    bodies: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        """Answer by path, until the client has had enough."""
        name = unquote(self.path[1:]).removesuffix(" by size")
        with suppress(OSError):
            if name in TRICKLES:
                self.trickle(*TRICKLES[name])
            elif name == "plain":
                self.send(OK + b"\r\n", *repeat(bytes(MEBI), SIZE // MEBI))
            else:
                self.send(OK + b"Content-Encoding: %s\r\n\r\n" % name.encode(), self.bodies.get(name, SMALL))
        self.close_connection = True

    def send(self, *pieces: bytes) -> None:
        """Say all of it."""
        for piece in pieces:
            self.wfile.write(piece)

    def trickle(self, head: bytes, piece: bytes) -> None:
        """Say the piece again and again."""
        self.wfile.write(head)
        while True:
            time.sleep(0.05)
            self.wfile.write(piece)

    def log_message(self, *_: Any) -> None:
        """The table says it all."""


def in_a_process(base: str, name: str, seconds: float) -> dict[str, Any]:
    """What fetching cost a process of its own."""
    command = [sys.executable, "-m", "bench.bombs", "--fetch", base, name, str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def fetch(base: str, name: str, seconds: float) -> None:
    """Fetch a small page, then the hostile one, and print the difference."""
    settings = Settings(allow_hosts=("127.0.0.1",), fetch_seconds=seconds)
    settings = settings.model_copy(update=next(values for how, values in reversed(RATIOS.items()) if name.endswith(how)))
    with Client(settings) as client:
        client.get(f"{base}/small")
        before, began, cpu, outcome = memory("VmRSS"), time.monotonic(), time.process_time(), "read"
        try:
            client.get(f"{base}/{quote(name)}")
        except (Rejected, Retryable) as error:
            outcome = error.reason
    most = memory("VmHWM")
    times = {"seconds": time.monotonic() - began, "cpu": time.process_time() - cpu}
    print(json.dumps({"outcome": outcome, "bytes": most - before, **times}))


def memory(field: str) -> int:
    """Bytes of memory that this process holds (VmRSS) or held at most (VmHWM); elsewhere than on Linux always the most."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would have what our parent held
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith(field))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fetch"]:
        fetch(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    else:
        sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 5))
