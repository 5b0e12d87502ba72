"""The OpenAPI document itself: its examples are what it says, and nothing in it is without a word."""

import jsonschema_rs
from harness import schema


def walk(value, path=""):
    """Every object of the document, with where it stands."""
    if isinstance(value, dict):
        yield path, value
        for name, member in value.items():
            yield from walk(member, f"{path}/{name}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from walk(member, f"{path}/{index}")


def test_every_example_is_valid(start_daemon):
    document = start_daemon().api().get("/api/v1/openapi.json").expect(200)
    checker = schema.Document(document)
    examples = 0
    wrong = []
    for path, value in walk(document):
        # A parameter or a body has its schema beside the example, a schema is its own.
        of = value.get("schema", value if "example" in value and ("type" in value or "$ref" in value) else None)
        if of is None or "example" not in value:
            continue
        examples += 1
        try:
            checker.valid(value["example"], of)
        except jsonschema_rs.ValidationError as error:
            wrong.append(f"{path}: {value['example']!r}: {error.message}")
    assert not wrong, "\n".join(wrong)
    assert examples > 30
