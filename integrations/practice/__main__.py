"""`python -m integrations.practice`: the practice LMS with its fifth grade, until Ctrl-C."""

import argparse
import signal
import threading

from integrations.practice.school import PracticeSchool
from integrations.practice.server import CLIENT_ID, DEPLOYMENT_ID, PracticeServer


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--tool-url", default="http://127.0.0.1:8000")
    parser.add_argument("--client-id", default=CLIENT_ID)
    parser.add_argument("--deployment-id", default=DEPLOYMENT_ID)
    options = parser.parse_args()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    school = PracticeSchool.fifth_grade()
    with PracticeServer(
        options.tool_url,
        school,
        port=options.port,
        client_id=options.client_id,
        deployment_id=options.deployment_id,
    ) as practice:
        print(f"Practice LMS: {practice.url}", flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
