#!/usr/bin/env python3
"""Django's command line, after bootstrap.py has seen to the packages."""

import os
import sys

import bootstrap


def main() -> None:
    bootstrap.prepare(sys.argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "noborder.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 - not there before the bootstrap

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
