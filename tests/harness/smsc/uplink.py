"""The gateway's side: an uplink by its API, bound to an SMSC of the tests."""

from ..wait import eventually

PATH = "/api/v1/uplinks"


class Uplink:
    """An uplink of a running gateway."""

    def __init__(self, daemon, smsc, name="primary", **body):
        self.daemon = daemon
        self.smsc = smsc
        self.name = name
        self.body = {
            "host": "127.0.0.1", "port": smsc.port, "system_id": smsc.SYSTEM_ID, "password": smsc.PASSWORD,
            "source_addr": "SIMGATE", "ton": 5, "npi": 0, **body,
        }

    @property
    def api(self):
        """Anew each time, since the gateway may have been started again."""
        return self.daemon.api()

    @property
    def route(self):
        return f"uplink:{self.name}"

    def put(self, **changes):
        """Sets it; what the gateway answers."""
        self.body.update(changes)
        answer = self.api.request("PUT", f"{PATH}/{self.name}", self.body)
        assert answer.status in (200, 201), answer.body
        return answer.json

    def shown(self):
        return self.api.get(f"{PATH}/{self.name}").expect(200)

    def wait_state(self, *states):
        """What is shown once it is in one of these states."""

        def reached():
            shown = self.shown()
            assert shown["state"] in states, f"{states} wanted: {shown}"
            return shown

        return eventually(reached)

    def wait_bound(self, binds=1):
        """Until it is bound, for the `binds`th time at least where the SMSC counts them."""
        if binds > 1:
            eventually(lambda: len([bind for bind in self.smsc.binds() if bind["status"] == 0]) >= binds)
        self.wait_state("bound")
        return self

    def send(self, to, text="hello", **fields):
        """Accepts a message for this uplink alone; its identifier."""
        return self.api.send(to, text, **{"sender": self.route, **fields})["id"]

    def batch(self, messages, **fields):
        bodies = [{"from": self.route, **fields, **message} for message in messages]
        items = self.api.post("/api/v1/messages/batch", {"messages": bodies}).expect(202)["items"]
        return [item["id"] for item in items]

    def wait_all(self, identifiers, *states, within=180):
        """The messages, once all are in one of these states."""
        api, found = self.api, {}

        def reached():
            for identifier in identifiers:
                if identifier not in found:
                    message = api.message(identifier)
                    assert message["state"] in states, f"{states} wanted: {message}"
                    found[identifier] = message
            return True

        eventually(reached, within=within)
        return [found[identifier] for identifier in identifiers]

    def inbound(self, count=1):
        """The inbound messages, oldest first, once there are `count`."""

        def there():
            found = self.api.every("/api/v1/messages", direction="inbound")
            assert len(found) >= count, found
            return found[::-1]

        return eventually(there)
