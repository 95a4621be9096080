"""`python -m lti_app.demo`: the whole mission on loopback; `--once` takes every step by itself."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from lti_app.demo.once import run_once
from lti_app.demo.processes import Demo, DemoError

ADDRESSES = """
Pathways is running, with a fictional school.

  Open this in a browser:    {practice}

It is the practice LMS: open Pathways there as Elena Ortiz (teacher), as any student, or as
Dana Park (administrator). Several people may be open in tabs beside each other.

  Pathways itself:           {tool}
  Its logs and database:     {folder}   (made anew at every start)

Ctrl-C stops everything.
"""


def main() -> int:
    """Start everything and wait for Ctrl-C, or take the steps once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="run the loop, print it, and stop")
    parser.add_argument("--port", type=int, default=8000, help="of Pathways")
    parser.add_argument("--practice-port", type=int, default=8100, help="of the practice LMS")
    options = parser.parse_args()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    folder = Path("var") / ("demo-once" if options.once else "demo")
    try:
        with Demo(folder.resolve(), options.port, options.practice_port) as demo:
            if options.once:
                return 0 if run_once(demo) else 1
            print(
                ADDRESSES.format(practice=demo.practice_url, tool=demo.url, folder=folder),
                flush=True,
            )
            while not stop.wait(1):
                demo.check()
            print("Stopped.")
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
