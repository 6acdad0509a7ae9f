"""What `manage.py up` checks before it starts."""

import contextlib
import os
import signal
import socket

import pytest

from noborder.embedded.site import check_port, stoppable
from noborder.embedded.trouble import Trouble


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_a_used_port_is_named_together_with_another_to_try(family: socket.AddressFamily, host: str) -> None:
    with contextlib.closing(socket.socket(family)) as other:
        other.bind((host, 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Trouble) as caught:
            check_port(port)
    assert str(caught.value) == f"Port {port} is used by another program. Choose another: --port {port + 1}"
    check_port(port)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_stops_and_a_second_does_not_disturb_the_stopping(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    steps = []

    def work() -> None:
        with stoppable():
            try:
                os.kill(os.getpid(), number)
                steps.append("went on")
            finally:
                os.kill(os.getpid(), number)
                steps.append("stopped in peace")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert steps == ["stopped in peace"]
    assert signal.getsignal(number) is before
