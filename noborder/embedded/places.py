"""Where the embedded servers keep their things, and whose they are."""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from noborder.embedded.trouble import Trouble

CHECKOUT = Path(__file__).resolve().parent.parent.parent
# PostgreSQL refuses to run as root, and an ordinary user reads nothing below root's home: data and programs go here.
ROOTS_FOLDER = Path("/var/lib/noborder-local")
NEEDED_MEGABYTES = 300


class InUse(Trouble):
    """Another launcher holds this place."""


@dataclass(frozen=True)
class Place:
    """One set of servers: `data` is kept, `sockets` live while it runs, `programs` are copies, `owner` runs them."""

    data: Path
    sockets: Path
    programs: Path
    owner: pwd.struct_passwd | None

    @property
    def postgres(self) -> Path:
        """The data folder of PostgreSQL."""
        return self.data / "postgres"

    @property
    def redis(self) -> Path:
        """The working folder of Redis."""
        return self.data / "redis"

    @property
    def mail(self) -> Path:
        """Where mails land."""
        return self.data / "mail"

    @property
    def static(self) -> Path:
        """Where static files are gathered; whitenoise wants it to exist, also when it stays empty."""
        return self.data / "static"


def place_of(name: str) -> Place:
    """The place called `name` of this checkout."""
    key = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
    if os.geteuid() == 0:
        home = ROOTS_FOLDER / key
        return Place(home / name, home / name / "run", home / "programs", pwd.getpwnam("nobody"))
    # Not in the checkout: a path of a socket may have 107 bytes, and not every file system has sockets.
    sockets = Path(tempfile.gettempdir()) / f"noborder-{os.geteuid()}-{key}-{name}"
    return Place(CHECKOUT / "var" / name, sockets, CHECKOUT / "var" / "programs", None)


@contextmanager
def taken(place: Place) -> Iterator[Place]:
    """Make the folders of `place` and hold it until the end; raises InUse when somebody else does."""
    make_folders(place)
    with (place.data / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(
                f"This checkout is running already ({place.data}). Stop that one first: Ctrl-C where it was started."
            ) from None
        check_disk(place.data)
        yield place


@contextmanager
def first_free(name: str) -> Iterator[Place]:
    """Hold the first place called `name`, `name-2`, ... that nobody holds, so that test runs can go side by side."""
    with ExitStack() as stack:
        number = 1
        while True:
            try:
                yield stack.enter_context(taken(place_of(name if number == 1 else f"{name}-{number}")))
            except InUse:
                number += 1
            else:
                return


def make_folders(place: Place) -> None:
    """Make the folders of `place`, the servers' own readable by their owner alone."""
    try:
        place.data.mkdir(parents=True, exist_ok=True)
        # The servers of root must pass through; nobody needs to look.
        place.data.chmod(0o711 if place.owner else 0o700)
        place.programs.mkdir(parents=True, exist_ok=True)
        for folder in (place.postgres, place.redis, place.sockets):
            make_private(folder, place.owner)
        place.mail.mkdir(mode=0o700, exist_ok=True)
        place.static.mkdir(exist_ok=True)
    except OSError as error:
        raise Trouble(f"{error.filename} cannot be made: {error.strerror}.") from error


def make_private(folder: Path, owner: pwd.struct_passwd | None) -> None:
    """Make `folder` for its owner alone; what stands there must be a real folder of the same owner."""
    wanted = owner.pw_uid if owner else os.geteuid()
    if not os.path.lexists(folder):
        folder.mkdir(mode=0o700)
        if owner:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != wanted:
        raise Trouble(f"{folder} is not a folder of the user who runs the servers. Move it away and start again.")
    folder.chmod(0o700)


def check_disk(folder: Path) -> None:
    """Refuse to start on a disk so full that the database would stop in the middle."""
    free = shutil.disk_usage(folder).free // 2**20
    if free < NEEDED_MEGABYTES:
        raise Trouble(
            f"Only {free} MB are free on the disk of {folder}; {NEEDED_MEGABYTES} MB are needed. Make room first."
        )
