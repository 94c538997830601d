"""Generating load: wrk where it is installed, else threads of Python."""

import http.client
import json
import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from typing import NamedTuple

from benchmarks.routes import Call

CONNECTIONS = 8
SCRIPT = """
local calls = {{ {calls} }}
local n = 0
request = function()
  n = n + 1
  return calls[n % #calls + 1]
end
init = function()
  for i, call in ipairs(calls) do
    calls[i] = wrk.format(call[1], call[2], {{
      ["Authorization"] = "Bearer {token}",
      ["Content-Type"] = "application/json",
    }}, call[3])
  end
end
done = function(summary, latency)
  local failed = summary.errors.status + summary.errors.read
    + summary.errors.connect + summary.errors.write + summary.errors.timeout
  io.write(string.format(
    '\\n{{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "failed": %d}}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, failed))
end
"""


class Result(NamedTuple):
    """What one round came to; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    failed: int


def generator() -> str:
    """Return the name of what generates the load here."""
    return "wrk" if shutil.which("wrk") else "Python"


def run(
    port: int, calls: list[Call], token: str, seconds: float, folder: Path
) -> Result:
    """Send the calls in turn over eight connections for so long."""
    if generator() == "wrk":
        return _run_wrk(port, calls, token, seconds, folder)
    return _run_python(port, calls, token, seconds)


def _run_wrk(
    port: int, calls: list[Call], token: str, seconds: float, folder: Path
) -> Result:
    script = folder / "calls.lua"
    script.write_text(SCRIPT.format(calls=_in_lua(calls), token=token))
    connections = f"-t1 -c{CONNECTIONS} -d{max(1, round(seconds))}s".split()
    command = ["wrk", *connections, "-s", str(script), f"http://127.0.0.1:{port}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    rate = found["requests"] / found["seconds"]
    return Result(rate, found["p50"], found["p99"], found["failed"])


def _in_lua(calls: list[Call]) -> str:
    # A JSON string of ASCII is a Lua string as well.
    return ", ".join(
        f"{{{json.dumps(call.method)}, {json.dumps(call.path)}, "
        f"{json.dumps(_body(call)) if call.body is not None else 'nil'}}}"
        for call in calls
    )


def _body(call: Call) -> str:
    return "" if call.body is None else json.dumps(call.body)


def _run_python(port: int, calls: list[Call], token: str, seconds: float) -> Result:
    started = time.perf_counter()
    end = started + seconds

    def drive(first: int) -> tuple[list[float], int]:
        return _drive(port, calls[first:] + calls[:first], token, end)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        firsts = [n * len(calls) // CONNECTIONS for n in range(CONNECTIONS)]
        parts = list(pool.map(drive, firsts))
    taken = [each for latencies, _ in parts for each in latencies]
    elapsed = time.perf_counter() - started
    percentiles = quantiles(taken, n=100)
    failed = sum(count for _, count in parts)
    return Result(len(taken) / elapsed, percentiles[49], percentiles[98], failed)


def _drive(
    port: int, calls: list[Call], token: str, end: float
) -> tuple[list[float], int]:
    """Send calls over one connection until the end; return latencies and failures."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    latencies: list[float] = []
    failed = 0
    for call in cycle(calls):
        before = time.perf_counter()
        if before >= end:
            break
        connection.request(call.method, call.path, _body(call), headers)
        answer = connection.getresponse()
        answer.read()
        failed += answer.status != http.HTTPStatus.OK
        latencies.append((time.perf_counter() - before) * 1000)
    connection.close()
    return latencies, failed
