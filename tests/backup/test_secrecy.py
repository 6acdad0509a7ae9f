"""A backup with one wrong byte, or one byte less, does not open; nor is one written that does not say all."""

import io
from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from noborder.backup import making, secrecy
from noborder.backup.programs import Programs
from noborder.backup.secrecy import Damaged
from noborder.embedded.trouble import Trouble
from tests.backup.conftest import Site

KEY = Identity.generate()


def _encrypted(content: bytes) -> bytes:
    target = io.BytesIO()
    secrecy.encrypt(io.BytesIO(content), target, [KEY.to_public()])
    return target.getvalue()


def _opens(content: bytes) -> bool:
    try:
        secrecy.decrypt(io.BytesIO(content), io.BytesIO(), [KEY])
    except Damaged:
        return False
    return True


def test_every_changed_byte_is_noticed() -> None:
    content = _encrypted(b"dump" * 200)
    assert _opens(content)
    for place in range(len(content)):
        assert not _opens(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]), place


def test_every_missing_or_added_byte_is_noticed() -> None:
    content = _encrypted(b"dump" * 200)
    for length in range(len(content)):
        assert not _opens(content[:length]), length
    assert not _opens(content + b"\0")


def test_a_backup_of_many_pieces_is_noticed_to_be_cut_between_two() -> None:
    content = _encrypted(b"d" * 300_000)
    piece = 65536 + 16
    for cut in range(len(content) % piece, len(content), piece):
        assert not _opens(content[:cut]), cut


def test_a_backup_for_others_does_not_open() -> None:
    with pytest.raises(Damaged, match="another key"):
        secrecy.decrypt(io.BytesIO(_encrypted(b"dump")), io.BytesIO(), [Identity.generate()])


class _Full:
    def __init__(self, room: int) -> None:
        self.room = room

    def write(self, content: bytes, /) -> int:
        self.room -= len(content)
        if self.room < 0:
            raise OSError(28, "No space left on device")
        return len(content)


@pytest.mark.parametrize("room", [0, 300, 100_000, 300_200])
def test_a_full_disk_is_noticed_at_any_moment(room: int) -> None:
    with pytest.raises(Trouble, match="No space left"):
        secrecy.encrypt(io.BytesIO(b"d" * 300_000), _Full(room), [KEY.to_public()])
    with pytest.raises(OSError, match="No space left"):
        secrecy.decrypt(io.BytesIO(_encrypted(b"d" * 300_000)), _Full(min(room, 299_999)), [KEY])


def test_a_dump_that_fails_makes_no_backup(site: Site, tmp_path: Path) -> None:
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\nhead -c 200000 /dev/zero\nexit 1\n")
    program.chmod(0o700)
    path = tmp_path / "site.age"
    with pytest.raises(Trouble, match="pg_dump failed"):
        making.write_file(path, site.database, Programs(tmp_path, 0), [KEY.to_public()])
    assert sorted(tmp_path.iterdir()) == [program]


# The mark lets pytest-django make its database, which the site of these tests is a copy of.
@pytest.mark.django_db
def test_what_is_no_dump_is_refused(site: Site) -> None:
    with pytest.raises(Damaged, match="no dump"):
        making.check(io.BytesIO(_encrypted(b"not a dump")), site.programs, [KEY])


def test_keys_are_made_for_their_owner_alone_and_never_over_others(tmp_path: Path) -> None:
    path = tmp_path / "keys.txt"
    public = secrecy.write_identity(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [str(key.to_public()) for key in secrecy.identities(path)] == [public]
    with pytest.raises(Trouble, match="cannot be made"):
        secrecy.write_identity(path)
