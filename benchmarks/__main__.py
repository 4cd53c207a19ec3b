"""`make bench`: every measurement, one after the other."""

from __future__ import annotations

import subprocess
import sys

for name in ("accept", "calls", "latency", "scale", "recovery", "board"):
    print(f"\n== {name}", flush=True)
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=True)
