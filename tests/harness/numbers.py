"""Telephone numbers for the tests."""


def number(index):
    """The `index`th recipient, a valid Vietnamese mobile number in E.164."""
    assert 0 <= index < 10_000_000
    return f"+8490{index:07d}"
