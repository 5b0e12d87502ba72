"""Telephone numbers for the tests."""


def number(index):
    """The `index`th recipient, a valid Vietnamese mobile number in E.164."""
    assert 0 <= index < 10_000_000
    return f"+8490{index:07d}"


def fated(kind, value=0, index=0):
    """A recipient whose last six digits decide what becomes of the message (`virtual-modem --help` has the table)."""
    kinds = {
        "refused": 0, "reported": 1, "never reported": 2, "delivered after a try": 3, "refused once": 4,
        "reported late": 5, "reported first": 6, "answered late": 7, "lost": 8,
    }
    return number(index * 1_000_000 + 990_000 + kinds[kind] * 1000 + value)
