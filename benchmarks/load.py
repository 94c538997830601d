"""Generating load with wrk, and what it costs the service."""

import json
import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from benchmarks.routes import Call

CONNECTIONS = 8
SCRIPT = """
local calls = {{ {calls} }}
local texts = {{}}
local run, n = "{run}", 0
local function make(call, number)
  local path = call[2]:gsub("{{n}}", number)
  local body = call[3] and call[3]:gsub("{{n}}", number)
  local headers = {{
    ["Authorization"] = "Bearer {token}",
    ["Content-Type"] = "application/json",
  }}
  for name, value in pairs(call[4]) do headers[name] = value end
  return wrk.format(call[1], path, headers, body)
end
init = function()
  math.randomseed({seed})
  for i, call in ipairs(calls) do
    if not (call[2] .. (call[3] or "")):find("{{n}}", 1, true) then
      texts[i] = make(call, "")
    end
  end
end
request = function()
  local i = math.random(#calls)
  n = n + 1
  return texts[i] or make(calls[i], run .. n)
end
done = function(summary, latency)
  local failed = summary.errors.status + summary.errors.read
    + summary.errors.connect + summary.errors.write + summary.errors.timeout
  io.write(string.format('\\n{{"requests": %d, "seconds": %f, "failed": %d, ',
    summary.requests, summary.duration / 1e6, failed))
  io.write(string.format('"p50": %f, "p95": %f, "p99": %f}}\\n',
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3,
    latency:percentile(99) / 1e3))
end
"""


class Result(NamedTuple):
    """What one round came to; latencies in milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float
    failed: int


def generator() -> str:
    """Return the name of what generates the load; ends the run where it is missing."""
    if not shutil.which("wrk"):
        raise SystemExit("wrk generates the load; on Debian: apt-get install wrk")
    return "wrk"


def run(
    port: int,
    calls: list[Call],
    token: str,
    seconds: float,
    folder: Path,
    *,
    connections: int = CONNECTIONS,
) -> Result:
    """Send the calls, chosen at random, over these connections for so long."""
    script = folder / "calls.lua"
    numbers = {"run": secrets.token_hex(4), "seed": secrets.randbelow(2**31)}
    script.write_text(SCRIPT.format(calls=_in_lua(calls), token=token, **numbers))
    options = f"-t1 -c{connections} -d{max(1, round(seconds))}s --timeout 60s".split()
    command = [generator(), *options, "-s", str(script), f"http://127.0.0.1:{port}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.strip().splitlines()[-1])
    rate = found["requests"] / found["seconds"]
    return Result(rate, *(found[name] for name in ("p50", "p95", "p99", "failed")))


def _in_lua(calls: list[Call]) -> str:
    # A JSON string of ASCII is a Lua string as well.
    return ", ".join(
        f"{{{json.dumps(call.method)}, {json.dumps(call.path)}, "
        f"{json.dumps(json.dumps(call.body)) if call.body is not None else 'nil'}, "
        f"{_headers_in_lua(call)}}}"
        for call in calls
    )


def _headers_in_lua(call: Call) -> str:
    each = (f"[{json.dumps(k)}] = {json.dumps(v)}" for k, v in call.headers.items())
    return f"{{ {', '.join(each)} }}"


def cpu_seconds(process_id: int) -> float:
    """Return the CPU time of a process and its children so far."""
    ids = [process_id, *children(process_id)]
    return sum(_ticks(each) for each in ids) / os.sysconf("SC_CLK_TCK")


def children(process_id: int) -> list[int]:
    """Return the ids of a process's children."""
    path = Path(f"/proc/{process_id}/task/{process_id}/children")
    return [int(each) for each in path.read_text().split()]


def _ticks(process_id: int) -> int:
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
