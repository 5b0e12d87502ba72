"""Fixtures of the tests against other people's SMSCs."""

import pytest

from harness.smsc import Authority, NodeSmsc, Uplink


@pytest.fixture
def start_smsc(tmp_path):
    """start_smsc(...) -> NodeSmsc, listening; ended after the test."""
    if reason := NodeSmsc.missing():
        pytest.skip(reason)
    started = []

    def start(name="smsc", **options):
        started.append(NodeSmsc(tmp_path / name, **options))
        return started[-1]

    yield start
    for smsc in started:
        smsc.stop()


@pytest.fixture
def smsc(start_smsc):
    """The usual one."""
    return start_smsc()


@pytest.fixture
def start_python_smsc():
    """start_python_smsc(...) -> PythonSmsc, listening; ended after the test."""
    pytest.importorskip("smpp34", reason="smpp34 is not installed (tests/run tools)")
    from harness.smsc import PythonSmsc

    started = []

    def start(**options):
        started.append(PythonSmsc(**options))
        return started[-1]

    yield start
    for smsc in started:
        smsc.stop()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "tls")


@pytest.fixture
def connect(start_daemon):
    """connect(smsc, ...) -> Uplink, bound, of a gateway without modems unless `daemon` is given."""

    def start(smsc, name="primary", daemon=None, bound=True, extra="", **body):
        uplink = Uplink(daemon or start_daemon(extra=extra), smsc, name, **body)
        uplink.put()
        return uplink.wait_bound() if bound else uplink

    return start


@pytest.fixture
def uplink(connect, smsc):
    """The usual one."""
    return connect(smsc)
