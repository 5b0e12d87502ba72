"""Holds what the gateway answers against its own OpenAPI document."""

import json
import re
import urllib.error
import urllib.request

import jsonschema_rs


class Document:
    """The document of one program; all daemons of a test run are that program."""

    def __init__(self, document):
        self.document = document
        self._validators = {}
        self._paths = []
        for path, item in document["paths"].items():
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path))
            self._paths.append((re.compile(pattern), "{" in path, item))
        # A path without a parameter is meant before one whose parameter would take it.
        self._paths.sort(key=lambda entry: entry[1])

    def check(self, method, path, answer):
        """Fails when an answer is not one that the document describes. Streams and texts are passed over."""
        if not answer.media_type.endswith("json") or path.startswith("/api/v1/openapi.json"):
            return
        body = json.loads(answer.body)
        operation = self._operation(method, path.split("?")[0])
        if operation is None:
            # A path or a method that there is not.
            self.valid(body, {"$ref": "#/components/schemas/Problem"})
            return
        response = operation["responses"].get(str(answer.status))
        assert response, f"{method} {path} answered {answer.status}, which the document does not name"
        content = response["content"].get(answer.media_type)
        assert content, f"{method} {path} answered {answer.media_type}, which the document does not name"
        self.valid(body, content["schema"])

    def check_event(self, kind, data):
        """Fails when an event of the stream is not one that the document describes."""
        if kind == "gap":
            return
        kinds = self.document["paths"]["/api/v1/events"]["get"]["x-events"]
        assert kind in kinds, f"the document does not name the event {kind}"
        self.valid(data, kinds[kind])

    def valid(self, value, schema):
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            whole = {**schema, "components": self.document["components"]}
            self._validators[key] = jsonschema_rs.validator_for(whole, validate_formats=True)
        self._validators[key].validate(value)

    def _operation(self, method, path):
        for pattern, _, item in self._paths:
            if pattern.fullmatch(path):
                return item.get(method.lower())
        return None


_document = None


def _of(port):
    """The document; none where the daemon was killed meanwhile, as in some tests. The next answer is another chance."""
    global _document
    if _document is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/openapi.json", timeout=60) as response:
                _document = Document(json.load(response))
        except (urllib.error.URLError, OSError):
            return None
    return _document


def check(port, method, path, answer):
    """`Api.request` calls this for each answer, in tests."""
    if (document := _of(port)) is not None:
        document.check(method, path, answer)


def check_event(port, kind, data):
    """`Events` calls this for each event, in tests."""
    if (document := _of(port)) is not None:
        document.check_event(kind, data)
