"""Messages that are accepted and cancelled, which are two events each, while receivers fail and the daemon is killed."""

import http.client
import random
import threading
import time
import uuid

from .api import Api
from .numbers import number
from .receiver import Receiver
from .wait import eventually

# The setting that lets posts go to this machine.
LOCAL = '[webhooks]\nallow = ["lan", "internet", "loopback"]\n'
BATCH = 250


def make(api, name, receiver, *events):
    """Makes a webhook, and has its receiver verify by the secret that the answer shows."""
    made = api.request("PUT", f"/api/v1/webhooks/{name}", {"url": receiver.url, "events": list(events)}).expect(201)
    receiver.secret = made["secret"]
    return made


def half_the_time(most_in_a_row, seed=1):
    """Fails half of the tries, but none of an event more often than so in a row."""
    chance = random.Random(seed)
    return lambda webhook_id, tries: 500 if tries <= most_in_a_row and chance.random() < 0.5 else 204


class Run:
    """`events` events through a receiver, while the daemon is killed and the receiver restarted."""

    def __init__(self, daemon, receiver, events, kills=0, restarts=0, say=lambda text: None):
        self.daemon = daemon
        self.receiver = receiver
        self.messages = events // 2
        # Of its requests: those of another run are not the same.
        self.name = uuid.uuid4()
        self.kills = kills
        self.restarts = restarts
        self.say = say
        self._over = threading.Event()

    def go(self):
        """The ids of the messages, when all of their events are made."""
        mischief = threading.Thread(target=self._mischief)
        mischief.start()
        ids = []
        while len(ids) < self.messages:
            count = min(BATCH, self.messages - len(ids))
            drafts = [{"to": number(len(ids) + n), "text": "hello"} for n in range(count)]
            key = f"{self.name}-{len(ids)}"
            answer = self._until_answered("POST", "/api/v1/messages/batch", {"messages": drafts}, {"Idempotency-Key": key})
            ids += [item["id"] for item in answer.expect(202)["items"]]
        for identifier in ids:
            # One that was cancelled when the daemon was killed is not cancelled twice.
            answer = self._until_answered("DELETE", f"/api/v1/messages/{identifier}")
            assert answer.status in (204, 409), answer.body
        mischief.join()
        return ids

    def _until_answered(self, method, path, body=None, headers=None):
        end = time.monotonic() + 120
        while True:
            try:
                return Api(self.daemon.port, self.daemon.key).request(method, path, body, headers, timeout=10)
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < end, f"no answer to {method} {path}"
                time.sleep(0.1)

    def _mischief(self):
        """Each deed when its share of the events has come."""
        deeds = [self._kill] * self.kills + [self._restart] * self.restarts
        for done, deed in enumerate(deeds, 1):
            share = len(self.receiver.taken) + (2 * self.messages - len(self.receiver.taken)) * done // (4 * len(deeds))
            eventually(lambda share=share: len(self.receiver.taken) >= share, within=300)
            deed()

    def _kill(self):
        self.say(f"killed with {len(self.receiver.taken)} taken")
        self.daemon.kill()
        self.daemon.start()

    def _restart(self):
        self.say(f"receiver restarted with {len(self.receiver.taken)} taken")
        self.receiver.stop()
        time.sleep(1)
        self.receiver.start()

    def check(self, ids):
        """Each at least once, none lost, in order by message."""
        told = self.receiver.by_message()
        lost = [identifier for identifier in ids if len(told.get(identifier, [])) < 2]
        assert not lost, f"{len(lost)} messages were not told of in full, such as {lost[0]}: {told.get(lost[0])}"
        mixed = [identifier for identifier in ids if told[identifier] != ["message.queued", "message.cancelled"]]
        assert not mixed, f"{len(mixed)} messages out of order, such as {mixed[0]}: {told[mixed[0]]}"
        assert not self.receiver.wrong, self.receiver.wrong[:5]
