"""A certificate authority of the tests' own, made by openssl."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Identity:
    """A certificate and its key, as paths of PEM files."""

    cert: Path
    key: Path

    @property
    def cert_pem(self):
        return self.cert.read_text()

    @property
    def key_pem(self):
        return self.key.read_text()


class Authority:
    """Signs certificates for servers and clients."""

    def __init__(self, folder, name="authority"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.cert, self._key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        self._openssl(
            "req", "-x509", *self._new_key(self._key), "-days", "3650", "-subj", f"/CN={name} of the tests",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-out", self.cert,
        )

    @property
    def pem(self):
        return self.cert.read_text()

    def sign(self, name, usage="serverAuth", names=("DNS:localhost", "IP:127.0.0.1")):
        """A certificate of this authority; `usage` "clientAuth" for a client."""
        cert, key, request = (self.folder / f"{self.name}-{name}.{kind}" for kind in ("crt", "key", "csr"))
        extensions = self.folder / f"{self.name}-{name}.ext"
        extensions.write_text(
            f"basicConstraints=CA:FALSE\nextendedKeyUsage={usage}\nsubjectAltName={','.join(names)}\n"
            "authorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n"
        )
        self._openssl("req", "-new", *self._new_key(key), "-subj", f"/CN={name}", "-out", request)
        self._openssl(
            "x509", "-req", "-in", request, "-CA", self.cert, "-CAkey", self._key, "-CAcreateserial",
            "-days", "3650", "-extfile", extensions, "-out", cert,
        )
        return Identity(cert, key)

    @staticmethod
    def _new_key(path):
        return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
