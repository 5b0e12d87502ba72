"""Runs simgate as a user does: a configuration file, `key create`, `serve`."""

import os
import signal
import subprocess
from pathlib import Path

from .api import Api
from .paths import free_port, program
from .wait import eventually


class Daemon:
    """One gateway with a data folder of its own. `stop`, `kill` and `start` again keep that folder."""

    def __init__(self, folder, ports, extra="", http="", country="VN"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.config = self.folder / "simgate.toml"
        self.data = self.folder / "data"
        self.data.mkdir(exist_ok=True)
        self.log_path = self.folder / "simgate.log"
        self.process = None
        self.key = None
        # More variables for `serve`: a disk that fails, say.
        self.environment = {}
        # What runs `serve`, where that is another program.
        self.prefix = []
        patterns = ", ".join(f'"{pattern}"' for pattern in ports)
        self.config.write_text(
            f'data_dir = "{self.data}"\n'
            f"[http]\n"
            f'listen = "127.0.0.1:{self.port}"\n{http}\n'
            f"[modems]\n"
            f"ports = [{patterns}]\n"
            f"[defaults]\n"
            + (f'country = "{country}"\n' if country else "") + extra
        )

    # The process.

    def start(self):
        """Starts `serve` and waits until it answers; SIMs may still be on their way (`wait_ready`)."""
        if self.key is None:
            self.key = self.create_key("tests", "send,read,operate,admin")
        log = self.log_path.open("ab")
        self.process = subprocess.Popen(
            [*self.prefix, program("simgate"), "serve", "--config", str(self.config)],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **self.environment},
        )
        log.close()
        eventually(self._answers, what="/healthz answers")
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"simgate ended with {self.process.returncode}: {self.log()[-2000:]}")
        try:
            return Api(self.port).get("/healthz").status == 200
        except OSError:
            return False

    def wait_ready(self, sims):
        """Until `sims` SIMs can send."""
        api = self.api()

        def ready():
            states = [sim["state"] for sim in api.sims()]
            assert states.count("ready") >= sims, f"{sims} SIMs wanted ready, there are {states}"
            return True

        eventually(ready)
        return self

    def stop(self, within=60):
        """SIGTERM, as systemd stops a service; the exit code."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(within)
        self.process = None
        return code

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()
        self.process = None

    def close(self):
        """The end of a test: whatever state it left."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def log(self):
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    # As a client.

    def api(self, key=None):
        return Api(self.port, key or self.key)

    def create_key(self, name, scopes, *more):
        """`simgate key create`: prints the key alone, with and without a running daemon."""
        done = self.cli("key", "create", name, "--scopes", scopes, *more, "--config", str(self.config))
        assert done.returncode == 0, done.stderr
        key = done.stdout.strip()
        assert key and len(key.split()) == 1, done.stdout
        return key

    def cli(self, *arguments, stdin=None, key=None, environment=None, within=120):
        """Runs a command of `simgate` to its end. Client commands find daemon and key in the environment."""
        variables = dict(os.environ)
        variables["SIMGATE_URL"] = f"http://127.0.0.1:{self.port}"
        if key or self.key:
            variables["SIMGATE_KEY"] = key or self.key
        variables.update(environment or {})
        return subprocess.run(
            [program("simgate"), *arguments],
            input=stdin, capture_output=True, text=True, env=variables, timeout=within, check=False,
        )

    # What the process costs.

    def cpu_seconds(self):
        """User and system time of the process so far."""
        return cpu_seconds(self.process.pid)

    def resident_bytes(self):
        return resident_bytes(self.process.pid)


def cpu_seconds(pid):
    """User and system time of a process so far, from /proc."""
    # The second field is the name in parentheses and may hold spaces: count from behind it.
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_bytes(pid):
    """Resident memory of a process, from /proc."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no VmRSS of {pid}")
