"""`simgate demo`: what a newcomer sees. The printed curl line is run as it stands."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import threading
import time

from harness import Api, eventually
from harness.paths import free_port, program


class Demo:
    """The demo, with what it prints."""

    def __init__(self, environment=None):
        self.port = free_port()
        self.process = subprocess.Popen(
            [program("simgate"), "demo", "--modems", "3", "--listen", f"127.0.0.1:{self.port}"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment,
        )
        self.printed = ""
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.printed += line

    def curl_lines(self):
        """Each printed command, with its continuation lines joined."""
        joined = self.printed.replace("\\\n", " ")
        return [line.strip().removeprefix("$ ") for line in joined.splitlines() if re.match(r"\s*(\$ )?curl ", line)]


def run(command):
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def test_the_printed_lines_work_and_ctrl_c_cleans_up(tmp_path):
    demo = Demo({**os.environ, "TMPDIR": str(tmp_path)})
    began = time.monotonic()
    try:
        eventually(lambda: any("/api/v1/messages" in line for line in demo.curl_lines()), what="a curl line is printed")
        lines = demo.curl_lines()
        [send] = [line for line in lines if "/api/v1/messages" in line and ("-d" in shlex.split(line) or "--json" in line)][:1]
        sent = json.loads(re.search(r"\{.*\}", run(send), re.DOTALL).group())
        key = re.search(r"Bearer ([^\s\"']+)", send).group(1)
        api = Api(demo.port, key)
        api.wait_state(sent["id"], "delivered")
        # Messages come by themselves, too; a printed line reads them.
        eventually(lambda: api.messages(direction="inbound"))
        for line in lines:
            if line != send and "/events" not in line:
                run(line)
        print(f"from the start to delivered and received: {time.monotonic() - began:.1f} s")
        assert list(tmp_path.iterdir()), "its files are in the folder for temporary files"
    finally:
        demo.process.send_signal(signal.SIGINT)
        try:
            code = demo.process.wait(60)
        except subprocess.TimeoutExpired:
            demo.process.kill()
            raise
    assert code in (0, 130), code
    assert list(tmp_path.iterdir()) == [], "Ctrl-C leaves no files"
    demo.reader.join(10)
    assert "panicked" not in demo.printed


def test_a_port_in_use_is_said_plainly():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [program("simgate"), "demo", "--listen", f"127.0.0.1:{taken.getsockname()[1]}"],
            capture_output=True, text=True, timeout=60, check=False,
        )
    assert done.returncode == 1
    assert "another program" in done.stderr.lower()
