"""Certificates for tests, by openssl, and looks at what a server shows."""

import subprocess
from pathlib import Path


def openssl(*arguments, stdin=""):
    """Runs openssl to its end, which comes by itself within 20 s."""
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=20, check=False)


def _made(*arguments):
    done = openssl(*arguments)
    assert done.returncode == 0, done.stderr


class Authority:
    """A CA of one's own, in a folder."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate = self.folder / "ca.pem"
        self.key = self.folder / "ca.key"
        _made(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=tests", "-days", "30",
            "-keyout", self.key, "-out", self.certificate,
        )

    def issue(self, certificate, key, days=30, names="DNS:localhost,IP:127.0.0.1", kind=("rsa", "rsa_keygen_bits:2048")):
        """Writes a certificate with its key; they come into their places whole, the certificate last."""
        request, extensions, new = (self.folder / name for name in ("request.pem", "extensions", "new.pem"))
        _made(
            "req", "-new", "-newkey", kind[0], "-pkeyopt", kind[1], "-nodes", "-subj", "/CN=gateway",
            "-keyout", key, "-out", request,
        )
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
        _made(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
            "-days", days, "-extfile", extensions, "-out", new,
        )
        new.rename(certificate)


def shake_hands(port, *options):
    """What openssl's client says of a handshake: the exit code is 0 where it succeeded."""
    return openssl("s_client", "-connect", f"127.0.0.1:{port}", *options, stdin="")


def fingerprint(port):
    """SHA-256 of the certificate that is shown, as simgate tells it."""
    shown = openssl("x509", "-noout", "-fingerprint", "-sha256", stdin=shake_hands(port).stdout)
    return shown.stdout.strip().rpartition("=")[2]
