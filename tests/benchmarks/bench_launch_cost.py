"""What a launch costs: beside a bare pylti1p3 tool, and with 1, 10 and 1,000 platforms:
`python -m tests.benchmarks.bench_launch_cost`.

CPU time of this process, login and launch apart, in turns (one launch of each, then again), so
that the machine's mood is the same for all; medians. The platform signs between the two, outside
of what is measured. Ours checks what the bare tool leaves open and writes people, enrolments, the
used login and an audit row; the bare tool keeps everything in memory and writes nothing.

The last lines say whether the aims are met: login and launch of somebody known cost at most 1.5
times the bare tool's, and no more with 1,000 platforms than with one. Run it on a quiet machine:
beside other work everything is slower, and what uses more code and memory (ours) the most.
"""

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from flask import Flask

from lti_app import create_app
from lti_app.launch.models import Platform
from tests.benchmarks.bare_tool import bare_tool
from tests.benchmarks.bench_launch import register, settings_for
from tests.launch.signer import Signer

TURNS, WARM_UP = 400, 20
PLATFORMS = (1, 10, 1000)
MOST_TIMES_BARE = 1.5
MOST_UNEVEN = 1.15
"""Between 1 and 1,000 platforms; what is left to the machine's moods."""
Costs = dict[str, list[tuple[float, float, float]]]
"""By name: CPU seconds of each login and of each launch, and the seconds of both together."""


def tool_among(platforms: int, folder: Path, signer: Signer) -> Flask:
    """Ours, with the signer's platform registered last of so many that share its issuer."""
    settings = settings_for(folder, 8000)
    app = create_app(settings)
    database = app.extensions["pathways.database"]
    with database.transaction() as session:
        session.add_all(
            Platform(
                name=f"School {number}",
                issuer=signer.issuer,
                client_id=f"school-{number}",
                auth_login_url=signer.issuer + "/auth",
                token_url=signer.issuer + "/token",
                jwks_url=signer.issuer + "/jwks",
                jwks={"keys": [signer.public_jwk(kid) for kid in signer.keys]},
            )
            for number in range(platforms - 1)
        )
    register(database, signer)
    return app


def cost(app: Flask, signer: Signer, person: str, expected: int) -> tuple[float, float, float]:
    """One person's login and launch in a new browser."""
    client = app.test_client()
    sent = {"iss": signer.issuer, "client_id": signer.client_id, "login_hint": "h"}
    sent["target_link_uri"] = "http://127.0.0.1:8000/lti/launch"
    began = time.perf_counter()
    to, login_cpu = _cpu(lambda: client.get("/lti/login", query_string=sent))
    took = time.perf_counter() - began
    asked = parse_qs(urlsplit(to.location).query)
    token = signer.sign(signer.claims(asked["nonce"][0], sub=person))
    form = {"state": asked["state"][0], "id_token": token}
    began = time.perf_counter()
    answer, launch_cpu = _cpu(lambda: client.post("/lti/launch", data=form))
    took += time.perf_counter() - began
    if answer.status_code != expected:
        raise RuntimeError(f"a launch answered {answer.status_code}: {answer.text[:300]}")
    return login_cpu, launch_cpu, took


def _cpu(ask: Callable[[], object]):  # type: ignore[no-untyped-def]
    began = time.process_time()
    answer = ask()
    return answer, time.process_time() - began


def measured(signer: Signer, folder: Path) -> Costs:
    """All of them, one launch each in turns."""
    ours = {}
    for platforms in PLATFORMS:
        (here := folder / str(platforms)).mkdir()
        ours[platforms] = tool_among(platforms, here, signer)
    bare = bare_tool(signer, "http://127.0.0.1:8000")
    found: Costs = defaultdict(list)
    for turn in range(-WARM_UP, TURNS):
        turns = {
            "bare pylti1p3": cost(bare, signer, "known", 200),
            "ours, somebody new": cost(ours[1], signer, f"new-{turn}", 303),
            **{
                f"ours, {platforms:,} platforms": cost(app, signer, "known", 303)
                for platforms, app in ours.items()
            },
        }
        for name, costs in turns.items() if turn >= 0 else ():
            found[name].append(costs)
    for app in ours.values():
        app.extensions["pathways.database"].dispose()
    return found


def show(found: Costs) -> None:
    """Print the table, and whether somebody known comes in as cheaply as is meant."""
    logins, launches, both = (
        {name: 1000 * statistics.median(of(one) for one in costs) for name, costs in found.items()}
        for of in (lambda one: one[0], lambda one: one[1], lambda one: one[0] + one[1])
    )
    print(f"\nA launch's cost, {TURNS} in turns (ours: somebody known, SQLite)")
    print(f"{'':24}{'login':>8}{'launch':>8}{'both':>8}{'× bare':>8}{'p50':>8}{'p99':>8}{'a s':>7}")
    print(f"{'':24}{'CPU ms':>8}{'CPU ms':>8}{'CPU ms':>8}{'':>8}{'ms':>8}{'ms':>8}")
    for name, costs in found.items():
        cuts = statistics.quantiles([1000 * one[2] for one in costs], n=100)
        rate = len(costs) / sum(one[2] for one in costs)
        print(f"{name:<24}{logins[name]:>8.2f}{launches[name]:>8.2f}{both[name]:>8.2f}", end="")
        print(f"{both[name] / both['bare pylti1p3']:>8.2f}", end="")
        print(f"{cuts[49]:>8.1f}{cuts[98]:>8.1f}{rate:>7.0f}")
    ours, bare = (f"ours, {PLATFORMS[0]} platforms", "bare pylti1p3")
    for what, costs in (("login", logins), ("launch", launches), ("login and launch", both)):
        print(f"  {what + ':':<18}{costs[ours] / costs[bare]:.2f} × bare")
    _judge("login and launch, × bare", both[ours] / both[bare], MOST_TIMES_BARE)
    uneven = both[f"ours, {PLATFORMS[-1]:,} platforms"] / both[ours]
    _judge(f"{PLATFORMS[-1]:,} platforms, × one", uneven, MOST_UNEVEN)


def _judge(what: str, found: float, most: float) -> None:
    verdict = "PASS" if found <= most else "FAIL"
    print(f"{verdict}  {what}: {found:.2f}, meant to be at most {most}")


def main() -> None:
    """Measure and print."""
    signer = Signer()
    try:
        with tempfile.TemporaryDirectory() as folder:
            show(measured(signer, Path(folder)))
    finally:
        signer.stop()


if __name__ == "__main__":
    main()
