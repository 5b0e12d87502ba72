"""The SBOM of the package: CycloneDX 1.5, the same for the same commit."""

import json
import uuid
from datetime import datetime, timezone

NAMESPACE = uuid.UUID("6b0d5b0a-3d5c-4c7e-9d0e-6f4f3a6f5d11")


def sbom(version, epoch, components):
    """As text."""
    time = datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    ours = f"pkg:deb/simgate/simgate@{version}"
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": time,
            "component": {"type": "application", "name": "simgate", "version": version, "bom-ref": ours, "purl": ours},
        },
        "components": [component(one) for one in components],
        "dependencies": [{"ref": ours, "dependsOn": [one.purl for one in components]}],
    }
    # Of what it says, so that it is another one when that is.
    serial = uuid.uuid5(NAMESPACE, json.dumps(document, sort_keys=True))
    return json.dumps({"serialNumber": f"urn:uuid:{serial}", **document}, indent=1) + "\n"


def component(one):
    shown = {"type": "library", "name": one.name, "version": one.version, "bom-ref": one.purl, "purl": one.purl}
    if one.licence:
        # Old crates write "MIT/Apache-2.0".
        shown["licenses"] = [{"expression": one.licence.replace("/", " OR ")}]
    if one.sha256:
        shown["hashes"] = [{"alg": "SHA-256", "content": one.sha256}]
    return shown
