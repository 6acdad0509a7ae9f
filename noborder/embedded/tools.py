"""Programs of the operating system that the tests and the lint need; installed when root may, named when not."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from ctypes.util import find_library

from noborder.embedded.proxy import program
from noborder.embedded.trouble import Trouble

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser() -> str | None:
    """The Chromium that the browser tests drive."""
    return os.environ.get("NOBORDER_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


# By the name of Debian's package. Playwright's driver needs libatomic and says nothing useful without it.
FOR_TESTS: Mapping[str, Callable[[], object]] = {
    "chromium": browser,
    "libatomic1": lambda: sys.platform != "linux" or find_library("atomic"),
    "faketime": lambda: shutil.which("faketime"),
    "default-jre-headless": lambda: shutil.which("java"),
    "libimage-exiftool-perl": lambda: shutil.which("exiftool"),
    "nginx-light": program,
    "openssl": lambda: shutil.which("openssl"),
}
FOR_LINT: Mapping[str, Callable[[], object]] = {"gettext": lambda: shutil.which("xgettext")}


def require(tools: Mapping[str, Callable[[], object]]) -> None:
    """Install what is missing of `tools`, or say how to."""
    lacking = [package for package, found in tools.items() if not found()]
    if not lacking:
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install(lacking)
        lacking = [package for package in lacking if not tools[package]()]
    if lacking:
        names = " ".join(lacking)
        raise Trouble(f"Needed and not here: {names}. As root: apt-get install --no-install-recommends {names}")


def install(packages: list[str]) -> None:
    """Install Debian packages; require() looks afterwards whether it worked."""
    print(f"Installing {' '.join(packages)} with apt-get (once) ...", flush=True)
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # A machine that has just started may be installing something of its own.
    patient = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        subprocess.run([*patient, *command], env=environ, stdout=subprocess.DEVNULL, check=False)
