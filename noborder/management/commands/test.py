"""`manage.py test`: sees to the browser and the checker of HTML, then hands on to pytest with our plugin
(noborder/embedded/testing.py)."""

import os
import subprocess
import sys

from django.core.management.base import BaseCommand

from noborder.embedded import tools
from noborder.embedded.places import CHECKOUT
from noborder.embedded.trouble import Trouble
from noborder.embedded.validator import validator

# As many workers as there are cores, within what one PostgreSQL and the memory of a small machine bear.
WORKERS = min(max(2, os.cpu_count() or 2), 4)
SIDE_BY_SIDE = ["-n", str(WORKERS), "--dist", "loadgroup"]


class Command(BaseCommand):
    help = (
        "Runs the tests. --long: the long campaigns too. All other arguments go to pytest, for example: tests/outbox -x"
    )
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Take what is ours and hand on the rest: Django's own reading would refuse pytest's options."""
        arguments = argv[2:]
        if {"-h", "--help"} & set(arguments):
            super().run_from_argv(argv)
        try:
            tools.require(tools.FOR_TESTS)
            os.environ["NOBORDER_VNU"] = str(validator())
        except Trouble as trouble:
            sys.exit(str(trouble))
        sys.exit(run_pytest(arguments))


def run_pytest(arguments: list[str]) -> int:
    """Run pytest in a process of its own; gives its exit code."""
    handed_on = [argument for argument in arguments if argument != "--long"]
    environ = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environ["NOBORDER_CHROMIUM"] = tools.browser() or ""
    if "--long" in arguments:
        environ["NOBORDER_LONG"] = "1"
    chosen = any(argument.startswith(("-n", "--numprocesses", "--pdb")) for argument in handed_on)
    command = [sys.executable, "-m", "pytest", *([] if chosen else SIDE_BY_SIDE), *handed_on]
    return subprocess.run(command, cwd=CHECKOUT, env=environ, check=False).returncode
