"""Everything that the virtual modems, and the SMSC of an uplink, can do wrong, at random times and places, each for a
short spell."""

import heapq
import itertools
import random
import struct
import threading
import time
from collections import Counter

# The PIN of all SIMs; `lock-sim` makes them ask for it.
PIN = "1234"
# Codes that are tried: each class of 3GPP TS 27.005 clause 3.2.5 and TS 27.007 clause 9.2, and some that nobody knows.
CMS = [1, 8, 10, 17, 21, 22, 27, 28, 29, 30, 38, 41, 42, 47, 50, 69, 81, 95, 96, 97, 98, 99, 111, 127, 128, 143, 145, 159,
       175, 192, 193, 194, 195, 196, 197, 208, 209, 211, 212, 213, 255, 300, 301, 302, 303, 304, 305, 310, 311, 312, 313,
       314, 315, 316, 317, 318, 320, 321, 322, 330, 331, 332, 340, 500, 512, 513, 514, 515, 517, 521, 535, 999]
CME = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 23, 30, 31, 32, 40, 50, 100, 103, 132, 148, 515]
# Codes that leave open whether the network has the message; they are given although it has.
UNCERTAIN = [197, 332, 350, 521]
# A code that says nothing at all, and yet is a refusal as a rule.
UNKNOWN = 500
LINES = ["^RSSI: 20", "+CREG: 1", "RING", '+CMTI: "SM",49', "^BOOT:20952548,0,0,0,75", "+CUSD: 0"]


def rule(fault, on=None, **fields):
    return {"fault": fault, **({"on": on} if on else {}), **fields}


# Name -> the rule, made with the dice. Rules without a cure of their own are spent after a few times.
RULES = {
    "no answer to a submit": lambda dice: rule("no-answer", "+CMGS", times=1),
    "no answers": lambda dice: rule("no-answer", times=dice.randint(1, 4)),
    "late answer": lambda dice: rule("late-answer", "+CMGS", ms=dice.randint(300, 9000), times=1),
    "command ignored": lambda dice: rule("ignored", times=dice.randint(1, 3)),
    "text ignored": lambda dice: rule("ignored", "+CMGS", at="text", times=1),
    "CMS error": lambda dice: rule("cms", "+CMGS", code=dice.choice(CMS), at=dice.choice(["command", "prompt", "text"]), times=1),
    "CME error": lambda dice: rule("cme", dice.choice(["+CMGS", None]), code=dice.choice(CME), times=1),
    "plain ERROR": lambda dice: rule("error", dice.choice(["+CMGS", None]), times=1),
    "uncertain error, though sent": lambda dice: rule("cms", "+CMGS", code=dice.choice(UNCERTAIN), at="taken", times=1),
    "no prompt": lambda dice: rule("no-prompt", "+CMGS", times=1),
    "text damaged": lambda dice: rule("lost-text", "+CMGS", count=dice.randint(1, 4), times=1),
    "line in a submit": lambda dice: rule(
        "urc-in-answer", "+CMGS", line=dice.choice(LINES), at=dice.choice(["prompt", "text", "taken", "final"]), times=3),
    "line in an answer": lambda dice: rule("urc-in-answer", line=dice.choice(LINES), times=5),
    "garbage": lambda dice: rule("garbage", bytes="".join(chr(dice.randrange(256)) for _ in range(dice.randint(1, 40))), times=3),
    "octets of a submit's answer lost": lambda dice: rule("dropped-byte", "+CMGS", count=dice.randint(1, 3), times=1),
    "octets of a line lost": lambda dice: rule("dropped-byte", dice.choice(["+CMTI", "+CDS", "+CMT", "+CDSI"]), times=2),
    "octets of a reading lost": lambda dice: rule("dropped-byte", "+CMGR", count=dice.randint(1, 3), times=2),
    "slow answers": lambda dice: rule("slow", us_per_octet=dice.choice([87, 1000, 3000]), times=20),
    "line of a given speed": lambda dice: rule("line-speed", "now", baud=dice.choice([9600, 115200])),
    "ATE0 forgotten": lambda dice: rule("echo-back", dice.choice(["now", "+CMGS"]), times=1),
    "reboot": lambda dice: rule(
        "reboot", "now", port=dice.choice(["stays", "vanishes"]), ms=dice.randint(200, 3000)),
    "reboot during a submit": lambda dice: rule(
        "reboot", "+CMGS", at=dice.choice(["prompt", "text", "taken"]), port=dice.choice(["stays", "vanishes"]), ms=800, times=1),
    "hang for a time": lambda dice: rule("hang", "now", ms=dice.randint(500, 6000)),
    "hang, taken or not": lambda dice: rule("hang", "+CMGS", at=dice.choice(["prompt", "text", "taken"]), times=1),
    "hang up to a reopening": lambda dice: rule("hang", "now", until="reopen"),
    "hang up to a reset": lambda dice: rule("hang", "now", until="reset"),
    "hang up to a power-cycle": lambda dice: rule("hang", "now", until="power-cycle"),
    "babble": lambda dice: rule("babble", "now", line=dice.choice(LINES[:2]), per_second=dice.randint(20, 300), ms=4000),
    "babble and nothing else": lambda dice: rule("babble", "now", per_second=dice.randint(20, 300), deaf=True, ms=5000),
    "TP-MR reset": lambda dice: rule("reference-reset", dice.choice(["+CMGS", "boot"]), times=1),
    "TP-MR stuck after 255": lambda dice: rule("reference-stuck", "+CMGS"),
    "submit given up when spoken to": lambda dice: rule("gives-up", "+CMGS", times=3),
    "routing lost": lambda dice: rule("routing-lost", "now"),
    "acknowledgement lost": lambda dice: rule("ignored", "+CNMA", times=1),
    "listing refused": lambda dice: rule("cms", "+CMGL", code=303, times=3),
    "empty readings": lambda dice: rule("empty-read", times=3),
    "line of two lines torn": lambda dice: rule(
        "split-line", ms=dice.randint(0, 700), times=3, **({"line": dice.choice(LINES[:2])} if dice.random() < 0.5 else {})),
    "announced too early": lambda dice: rule("early-announcement", ms=dice.randint(100, 4000), times=3),
    "announced at the wrong place": lambda dice: rule("wrong-announcement", "+CMTI", memory="SM", index=0, times=3),
    "report announced and lost": lambda dice: rule("wrong-announcement", "+CDSI", memory="SM", index=0, kept=False, times=3),
    "given and stored both": lambda dice: rule("routed-and-stored", times=3),
    "line never said": lambda dice: rule("no-answer", dice.choice(["+CMTI", "+CDS", "+CMT", "+CDSI"]), times=2),
    "words kept for the next": lambda dice: rule("keeps-unread", "now"),
}
# What no gateway can tell from the modem's own word, and no modem is known to do: an answer that comes while another
# submit is in work, a refusal for no reason of what the network has.
HARSH = {
    "late answer, working on": lambda dice: rule("late-answer", "+CMGS", ms=dice.randint(300, 9000), works=True, times=1),
    "unknown error, though sent": lambda dice: rule("cms", "+CMGS", code=UNKNOWN, at="taken", times=1),
}
# After these a modem may need help: what a person or the bank's controller does.
NEED_POWER = {"hang, taken or not", "hang up to a reopening", "hang up to a reset", "hang up to a power-cycle", "TP-MR stuck after 255"}
# These last until all is lifted from the modem.
LASTING = {"line of a given speed", "words kept for the next"}


class Troubler(threading.Thread):
    """Does something wrong again and again until it is stopped; `done` counts what it did."""

    def __init__(self, dice, every, first=0):
        super().__init__(daemon=True)
        self.dice = dice
        self.every = every
        self.done = Counter()
        self.failure = None
        self._over = threading.Event()
        self._cures = []  # (when, number, function)
        self._numbers = itertools.count(first)

    def run(self):
        try:
            self._begin_well()
            while not self._over.wait(self.dice.expovariate(1 / self.every)):
                self._cure(time.monotonic())
                self._trouble()
        except Exception as error:  # noqa: BLE001 - told to whoever waits for the end
            self.failure = error

    def _begin_well(self):
        """Before the first trouble."""

    def _end(self):
        self._over.set()
        self.join()

    def _cure(self, now):
        while self._cures and self._cures[0][0] <= now:
            heapq.heappop(self._cures)[2]()

    def _after(self, least, most, cure):
        heapq.heappush(self._cures, (time.monotonic() + self.dice.uniform(least, most), next(self._numbers), cure))


class Mischief(Troubler):
    """Troubles a bank."""

    def __init__(self, bank, seed, every=0.2, harsh=False):
        super().__init__(random.Random(seed), every, first=100)
        self.bank = bank
        self.rules = RULES | HARSH if harsh else RULES
        # Modems that are out of order until their cure.
        self._busy = set()
        self._states = {
            "network lost": self._coverage, "pulled and plugged elsewhere": self._pull, "power-cycle": self._power,
            "SIMs swapped": self._swap, "SIM out": self._eject, "SIM locked": self._lock, "SIM full": self._fill,
            "many pulled at once": self._burst,
        }

    def stop(self):
        """Ends it, and lifts everything that is still wrong."""
        self._end()
        self._cure(float("inf"))
        plugged = [modem["plugged"] for modem in self.bank.ask(command="stats")["modems"]]
        for slot in range(self.bank.modems):
            self.bank.ask(command="no-faults", slot=slot)
            self.bank.ask(command="coverage", slot=slot, network=True)
            self.bank.ask(command="insert-sim", slot=slot)
            if not plugged[slot]:
                self._plug(slot)
            self.bank.ask(command="empty", slot=slot, of="sent")
        if self.failure:
            raise self.failure

    def _trouble(self):
        slot = self.dice.randrange(self.bank.modems)
        # Rules and conditions weigh alike, each kind of the one sort like the others.
        if self.dice.random() < 0.75:
            name = self.dice.choice(list(self.rules))
            self.bank.ask(command="fault", slot=slot, rule=self.rules[name](self.dice))
            if name in NEED_POWER:
                self._after(4, 15, lambda: (self.bank.ask(command="no-faults", slot=slot), self._power(slot)))
            elif name in LASTING:
                self._after(3, 10, lambda: self.bank.ask(command="no-faults", slot=slot))
        else:
            name = self.dice.choice(list(self._states))
            if slot in self._busy or not self._states[name](slot):
                return
        self.done[name] += 1

    def _free(self, *slots):
        self._busy.difference_update(slots)

    def _begin(self, slot, least, most, cure):
        self._busy.add(slot)
        self._after(least, most, lambda: (cure(), self._free(slot)))
        return True

    def _coverage(self, slot):
        self.bank.ask(command="coverage", slot=slot, network=False)
        return self._begin(slot, 0.5, 6, lambda: self.bank.ask(command="coverage", slot=slot, network=True))

    def _plug(self, slot):
        self.bank.ask(command="plug", slot=slot, name=f"modem{next(self._numbers)}")

    def _pull(self, slot):
        self.bank.ask(command="pull", slot=slot)
        return self._begin(slot, 0.1, 5, lambda: self._plug(slot))

    def _power(self, slot):
        name = {"name": f"modem{next(self._numbers)}"} if self.dice.random() < 0.5 else {}
        if slot in self._busy:
            return False  # its cure will see to it
        self.bank.ask(command="power", slot=slot, ms=self.dice.randint(100, 3000), **name)
        return True

    def _swap(self, slot):
        other = self.dice.choice([other for other in range(self.bank.modems) if other != slot])
        if other in self._busy:
            return False
        self.bank.ask(command="swap", slot=slot, **{"with": other})
        return True

    def _eject(self, slot):
        self.bank.ask(command="eject-sim", slot=slot)
        return self._begin(slot, 0.5, 6, lambda: self.bank.ask(command="insert-sim", slot=slot))

    def _lock(self, slot):
        self.bank.ask(command="lock-sim", slot=slot)
        return True

    def _fill(self, slot):
        self.bank.ask(command="fill", slot=slot, free=self.dice.choice([0, 0, 1]))
        return self._begin(slot, 1, 8, lambda: self.bank.ask(command="empty", slot=slot, of="sent"))

    def _burst(self, _):
        slots = [slot for slot in range(self.bank.modems) if slot not in self._busy]
        slots = self.dice.sample(slots, len(slots) // 3)
        for slot in slots:
            self.bank.ask(command="pull", slot=slot)
        self._busy.update(slots)

        def back():
            for slot in slots:
                self._plug(slot)
            self._free(*slots)

        self._after(0.5, 4, back)
        return bool(slots)


# What SMSCs refuse with, one of each class of SMPP 3.4 §5.1.3 and one of a vendor's own.
REFUSALS = ["ESME_RINVDSTADR", "ESME_RINVMSGLEN", "ESME_RSYSERR", "ESME_RSUBMITFAIL", "ESME_RX_T_APPN", "ESME_RX_P_APPN",
            "ESME_RUNKNOWNERR", "ESME_RINVSRCADR", 0x00000417]
UPLINK_REFUSALS = ["ESME_RINVSYSTYP", "ESME_RINVSERTYP"]
THROTTLES = ["ESME_RTHROTTLED", "ESME_RMSGQFUL"]
# How message_id is written in the answer and in the receipt.
NOTATIONS = [("decimal", "decimal"), ("hex", "hex"), ("hex", "decimal"), ("decimal", "hex"), ("HEX", "hex"),
             ("hex8", "decimal10"), ("decimal", "decimal10")]
FATES = [[], [], [{"to": "[0-2]$", "stat": "UNDELIV", "err": "011"}], [{"to": "7$", "stat": "EXPIRED"}]]


def octets(command, body=b"", sequence=77, length=None):
    return struct.pack(">IIII", 16 + len(body) if length is None else length, command, 0, sequence) + body


# None of these is a message from a phone.
MALFORMED = [
    octets(5, length=0), octets(5, length=15), octets(5, length=0xFFFFFFFF), b"HTTP/1.1 400 Bad Request\r\n\r\n",
    octets(0x0ABC, b"what is this"), octets(0x80000ABC, b"what is this"), octets(0x80000004, b"4711\0", sequence=0x7FFFFF),
    octets(4, b"\0" * 17), octets(5), octets(5, b"\0\1\1" + b"8" * 200), octets(0x80000000),
    octets(5, b"\0\1\1849\0\1\1849\0\4" + b"\0" * 9),
]
GARBLED = ["34" * 80, "39" * 80 + "00", ""]


class UplinkMischief(Troubler):
    """Troubles the SMSC of an uplink."""

    USUAL = {
        "swallow": None, "drop": None, "throttle": None, "refuse": [], "garble": None, "lose_acks": None, "hold": False,
        "delay_milliseconds": 0, "enquire_link": True, "unbind": True, "bind": {"status": 0, "silent": False},
        "receipts": {"mode": "text", "before": False, "delay_milliseconds": 300, "outcomes": []},
        "ids": {"resp": "decimal", "receipt": "decimal"},
    }

    def __init__(self, smsc, seed, every=1.5):
        super().__init__(random.Random(seed * 17), every)
        self.smsc = smsc
        self._troubles = {
            "drop, the submit taken": lambda: self._set(drop={"after": self.dice.randint(1, 8), "taken": True}),
            "drop, the submit not taken": lambda: self._set(drop={"after": self.dice.randint(1, 8), "taken": False}),
            "connections dropped": smsc.drop,
            "answers swallowed, submits taken": lambda: self._set(swallow={"times": self.dice.randint(1, 4), "taken": True}),
            "answers swallowed, submits not taken": lambda: self._set(swallow={"times": self.dice.randint(1, 4), "taken": False}),
            "throttled, some": lambda: self._throttle(times=self.dice.randint(1, 6)),
            "throttled for a time": lambda: self._throttle(milliseconds=self.dice.randint(200, 3000)),
            "some refused": lambda: self._spell(0.5, 4, refuse=[{"to": self._digit(), "status": self.dice.choice(REFUSALS)}]),
            "all refused": lambda: self._spell(0.2, 1.5, refuse=[{"to": "", "status": self.dice.choice(UPLINK_REFUSALS)}]),
            "unbind": smsc.unbind,
            "nobody listens": self._deaf,
            "binds refused": lambda: self._spell(0.5, 3, bind={"status": "ESME_RBINDFAIL"}),
            "binds unanswered": lambda: self._spell(0.5, 3, bind={"silent": True}),
            "silent": lambda: self._spell(3, 14, swallow={"taken": self.dice.random() < 0.5}, enquire_link=False, unbind=False),
            "answers delayed": lambda: self._spell(1, 5, delay_milliseconds=self.dice.choice([50, 400, 2000, 7000])),
            "answers held": self._hold,
            "answer garbled": lambda: self._set(garble={"hex": self.dice.choice(GARBLED), "times": 1}),
            "receipts before the answer": lambda: self._receipts(before=True),
            "receipts late or at once": lambda: self._receipts(delay_milliseconds=self.dice.choice([0, 2000, 8000])),
            "receipts of another shape": self._receipts,
            "identifiers in another notation": self._notation,
            "malformed PDU": lambda: smsc.raw(self.dice.choice(MALFORMED)),
            "acknowledgement lost": lambda: self._set(lose_acks={"times": 1}),
        }

    def _begin_well(self):
        self.smsc.set(**self.USUAL)

    def _trouble(self):
        name = self.dice.choice(list(self._troubles))
        self._troubles[name]()
        self.done[f"uplink, {name}"] += 1

    def stop(self):
        """Ends it, and lifts everything that is still wrong."""
        self._end()
        if self.failure:
            raise self.failure
        self._cure(float("inf"))
        self.smsc.set(**self.USUAL)
        self.smsc.ask("listen")
        self.smsc.release()

    def _set(self, **settings):
        self.smsc.set(**settings)

    def _spell(self, least, most, **settings):
        """These settings for a time."""
        self.smsc.set(**settings)
        self._after(least, most, lambda: self.smsc.set(**{name: self.USUAL[name] for name in settings}))

    def _throttle(self, **rule):
        self.smsc.set(throttle={"status": self.dice.choice(THROTTLES), **rule})

    def _digit(self):
        return f"[{''.join(str(digit) for digit in self.dice.sample(range(10), 3))}]$"

    def _deaf(self):
        self.smsc.ask("deaf")
        self._after(0.3, 6, lambda: self.smsc.ask("listen"))

    def _hold(self):
        self.smsc.hold()
        self._after(0.3, 8, lambda: self.smsc.release(stop=True))

    def _receipts(self, **how):
        usual = self.USUAL["receipts"]
        self.smsc.set(receipts={
            **usual, "mode": self.dice.choice(["text", "tlv", "both"]), "outcomes": self.dice.choice(FATES), **how,
        })
        self._after(2, 8, lambda: self.smsc.set(receipts=usual))

    def _notation(self):
        resp, receipt = self.dice.choice(NOTATIONS)
        self._spell(2, 8, ids={"resp": resp, "receipt": receipt})
