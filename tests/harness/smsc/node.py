"""The npm package `smpp` as SMSC: `smsc.mjs` in a process of its own, and how a test tells it what to do."""

import json
import shutil
import subprocess
import threading
from pathlib import Path

from ..paths import free_port
from .mobile import deliver_fields
from .submits import Submit, concatenation, joined

HERE = Path(__file__).resolve().parent


class NodeSmsc:
    """Listens on `port` of the loopback address once it is made.

    `identity` makes it TLS, `clients` (an Authority) then asks for a client certificate. Settings, here and in `set`,
    are those at the head of `smsc.mjs`.
    """

    SYSTEM_ID = "simgate"
    PASSWORD = "secret"

    def __init__(self, folder, identity=None, clients=None, port=None, **settings):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.log = self.folder / "smsc.jsonl"
        self.settings = settings
        self.tls = identity and {"cert": str(identity.cert), "key": str(identity.key)}
        if clients:
            self.tls["ca"] = str(clients.cert)
        self._turn = threading.Lock()
        self._runs = 0
        self.process = None
        self.start()

    @staticmethod
    def missing():
        """Why it cannot run here, or None."""
        if shutil.which("node") is None or not (HERE / "node_modules" / "smpp").exists():
            return "node or the npm package smpp is not installed (tests/run tools)"
        return None

    # The process.

    def start(self):
        """Starts it, again on the same port after `stop`; it has forgotten what it was told by `set`."""
        self._runs += 1
        # No identifier is given twice, as no SMSC would.
        first = {"first": 1_000_000 * self._runs + 1}
        settings = {**self.settings, "ids": {**first, "resp": "decimal", "receipt": "decimal", **self.settings.get("ids", {})}}
        if "receipts" in settings:
            settings["receipts"] = {"mode": "text", "before": False, "delay_milliseconds": 0, "outcomes": [], **settings["receipts"]}
        options = {"port": self.port, "log": str(self.log), "tls": self.tls, "settings": settings}
        with (self.folder / "smsc.err").open("ab") as errors:
            self.process = subprocess.Popen(
                ["node", str(HERE / "smsc.mjs"), json.dumps(options)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            )
        assert self._answer() == {"listening": self.port}
        return self

    def stop(self):
        """Its connections end, and nobody listens on the port any more."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process.stdin.close()
            self.process.stdout.close()
            self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _answer(self):
        line = self.process.stdout.readline()
        assert line, f"the SMSC has ended: {(self.folder / 'smsc.err').read_text()[-2000:]}"
        return json.loads(line)

    def ask(self, command, **request):
        with self._turn:
            self.process.stdin.write(json.dumps({"command": command, **request}).encode() + b"\n")
            self.process.stdin.flush()
            answer = self._answer()
        assert "error" not in answer, f"{command} {request}: {answer}"
        return answer

    # What it does from now on.

    def set(self, **settings):
        self.ask("set", settings=settings)

    def refuse_binds(self, status="ESME_RBINDFAIL"):
        self.set(bind={"status": status})

    def accept_binds(self):
        self.set(bind={"status": 0})

    def ids(self, resp="decimal", receipt="decimal", **more):
        """How message_id is written in submit_sm_resp and in receipts: decimal, decimal10, hex, HEX, hex8."""
        self.set(ids={"resp": resp, "receipt": receipt, **more})

    def throttle(self, status="ESME_RTHROTTLED", **rule):
        """`every=3` answers each third submit so, `times=5` the next five, `milliseconds=500` all of that time."""
        self.set(throttle={"status": status, **rule})

    def refuse(self, to, status):
        """Destinations that match the pattern `to` are refused with this status."""
        self.set(refuse=[{"to": to, "status": status}])

    def swallow(self, **rule):
        """No answer to submits; `to` a pattern, `times` how many, `taken=False` if they go nowhere."""
        self.set(swallow=rule)

    def drop_after(self, submits, taken=True):
        """The `submits`th submit from now ends the connection and has no answer; taken or not."""
        self.set(drop={"after": submits, "taken": taken})

    def silent(self, silent=True):
        """Answers nothing any more but binds."""
        self.set(swallow={} if silent else None, enquire_link=not silent, unbind=not silent)

    def hold(self):
        """Answers to submits wait for `release`."""
        self.set(hold=True)

    def release(self, count=None, stop=False):
        """Gives the answers that are held, the oldest `count` or all; with `stop`, later ones are not held."""
        if stop:
            self.set(hold=False)
        return self.ask("release", count=count)["released"]

    def receipts(self, mode="text", **how):
        """mode: text, tlv, both, none; before=True: ahead of the submit_sm_resp; delay_milliseconds; outcomes=[{to, stat, err}]."""
        self.set(receipts={"mode": mode, "before": False, "delay_milliseconds": 0, **how})

    # What it does at once.

    def unbind(self):
        self.ask("unbind")

    def drop(self):
        """Ends all connections."""
        self.ask("drop")

    def enquire(self):
        self.ask("enquire")

    def raw(self, octets):
        """Writes octets as they are to each bound session."""
        self.ask("raw", hex=octets.hex())

    def receipt(self, submit, stat="DELIVRD", mode="text", identifier=None, err="000"):
        """A receipt for a submit by hand; `identifier` in another notation than the answer had."""
        self.ask("receipt", id=identifier or submit.id, stat=stat, err=err, mode=mode, **{"from": submit.to}, to=submit.source)

    def mobile(self, text, sender, to="84900000001", order=None, **how):
        """A text from a phone (`deliver_fields` has the ways); `order`: which parts, in which order, from 1."""
        parts = deliver_fields(text, sender, to, **how)
        for sequence in order or range(1, len(parts) + 1):
            self.ask("deliver", fields=parts[sequence - 1])
        return len(parts)

    # What it has seen.

    def state(self):
        """Sessions with their open requests, held answers, what is on its way to the gateway."""
        return self.ask("state")

    def bound(self):
        """The kinds of the sessions that are bound: transceiver, transmitter, receiver."""
        return sorted(session["bound"] for session in self.state()["sessions"] if session["bound"])

    def events(self, *kinds):
        found = []
        with self.log.open() as lines:
            for line in lines:
                if not line.endswith("\n"):
                    break  # being written
                record = json.loads(line)
                if not kinds or record["event"] in kinds:
                    found.append(record)
        return found

    def binds(self):
        return self.events("bind")

    def pdus(self, command):
        """Other PDUs than binds and submits."""
        return [record for record in self.events("pdu") if record["command"] == command]

    def submits(self, to=None):
        """Every submit_sm, in the order in which they came."""
        found = [decoded(record) for record in self.events("submit")]
        return [submit for submit in found if to is None or submit.to == to.removeprefix("+")]

    def taken(self, to=None):
        """The submits that it would send on."""
        return [submit for submit in self.submits(to) if submit.taken]

    def messages(self, to=None):
        """What it has taken, long ones put together."""
        return joined(self.taken(to))

    def __repr__(self):
        return f"NodeSmsc(port={self.port})"


def decoded(record):
    """A submit of the log."""
    payload = bool(record.get("message_payload"))
    udh = concatenation([bytes.fromhex(element) for element in record.get("udh", [])])
    sar = None
    if "sar_total_segments" in record:
        sar = (record["sar_msg_ref_num"], record["sar_total_segments"], record["sar_segment_seqnum"])
    return Submit(
        to=record["destination_addr"].removeprefix("+"), source=record["source_addr"],
        text=(record["message_payload"] if payload else record.get("short_message")) or "",
        data_coding=record["data_coding"], esm_class=record["esm_class"], registered_delivery=record["registered_delivery"],
        answer=record["answer"], taken=record["taken"], id=record["id"], status=record["status"],
        part=udh or sar, long="udh" if udh else "sar" if sar else None, payload=payload,
        session=record["session"], open=record["open"], at=record["at"] / 1000, fields=record,
    )
