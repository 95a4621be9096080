"""Practice Cloud Pub/Sub: a topic's messages, pushed to the tool with Google's signed token, at
least once and in no order.

https://cloud.google.com/pubsub/docs/push, https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
"""

import base64
import json
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from itertools import count
from typing import Any

import requests

from integrations.practice.google_oauth import ISSUER, PracticeGoogle
from integrations.practice.keys import KeyRing

TOPIC = "projects/practice/topics/pathways"
SUBSCRIPTION = "projects/practice/subscriptions/pathways"
PUSH_ACCOUNT = "pathways-push@practice.iam.gserviceaccount.com"
TIMEOUT_S = 10.0
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 10.0
MOST_TRIES = 6
"""The real one goes on for a week, or hands over to a dead-letter topic."""

Message = dict[str, Any]


class PracticePubSub:
    """Topics, and one push subscription of `TOPIC` to `push_url`."""

    def __init__(self, google: PracticeGoogle, push_url: str) -> None:
        self.google = google
        self.push_url = push_url
        self.topics = {TOPIC: True}
        """By name: whether Classroom's own account may publish to it."""
        self.answers: list[int] = []
        """Status of every push that was sent, in order; 0: nobody answered."""
        self.pushed: list[Message] = []
        """Every message that was sent, as often as it was."""
        self.twice = False
        """Everything is sent twice, though it was taken."""
        self.lost = False
        """Nothing arrives, and is forgotten."""
        self.held: list[Message] | None = None
        """A list: messages wait in it until `let_go`."""
        self.otherwise: dict[str, Any] = {}
        """Claims that the tokens carry instead of the true ones; None: left out."""
        self.forger: KeyRing | None = None
        """A stranger's keys that sign the tokens."""
        self._numbers = count(1)
        self._senders = ThreadPoolExecutor(max_workers=4, thread_name_prefix="practice-pubsub")
        self._sending: list[Future[None]] = []
        self._closed = threading.Event()

    def publish(self, topic: str, said: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
        """Classroom publishes; nobody waits for what becomes of it."""
        if topic != TOPIC or not self.topics.get(topic) or self.lost or self._closed.is_set():
            return
        message = {
            "data": base64.b64encode(json.dumps(said).encode()).decode(),
            "attributes": dict(attributes),
            "messageId": str(next(self._numbers)),
            "publishTime": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        }
        if self.held is not None:
            self.held.append(message)
        else:
            self.send(message)

    def let_go(self, *, backwards: bool = False) -> None:
        """What was held is sent, one after the other."""
        held, self.held = self.held or [], None
        for message in reversed(held) if backwards else held:
            self.send(message)
            self.settle()

    def send(self, message: Message) -> None:
        """Push a message until it is taken."""
        for _ in range(2 if self.twice else 1):
            self._sending.append(self._senders.submit(self._deliver, message))

    def settle(self, timeout_s: float = 20.0) -> None:
        """Wait until everything was taken or given up. Raises `TimeoutError`."""
        if wait(list(self._sending), timeout_s).not_done:
            raise TimeoutError("pushes are under way still")
        self._sending.clear()

    def close(self) -> None:
        """Send nothing more."""
        self._closed.set()
        self._senders.shutdown(cancel_futures=True)

    def _deliver(self, message: Message) -> None:
        pause = FIRST_WAIT_S
        for _ in range(MOST_TRIES):
            status = self._post(message)
            if 200 <= status < 300 or self._closed.wait(pause):
                return
            pause = min(pause * 2, LONGEST_WAIT_S)

    def _post(self, message: Message) -> int:
        self.pushed.append(message)
        try:
            status = requests.post(
                self.push_url,
                json={"message": message, "subscription": SUBSCRIPTION},
                headers={"Authorization": f"Bearer {self.token()}"},
                timeout=TIMEOUT_S,
                allow_redirects=False,
            ).status_code
        except requests.RequestException:
            status = 0
        self.answers.append(status)
        return status

    def token(self) -> str:
        """What a push carries (OpenID Connect core, 2)."""
        at = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": self.push_url,
            "sub": "113774264463038321964",
            "azp": "113774264463038321964",
            "email": PUSH_ACCOUNT,
            "email_verified": True,
            "iat": at,
            "exp": at + 3600,
            **self.otherwise,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        forged = self.forger.private_key if self.forger else None
        return self.google.keys.sign(said, key=forged)
