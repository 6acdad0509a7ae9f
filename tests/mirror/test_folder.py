"""The folder of a mirror, without the site: what a run leaves there, and what it never touches."""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from noborder.mirror import folder

NOW = dt.datetime(2027, 9, 1, 12, tzinfo=dt.UTC)


@contextmanager
def run(path: Path) -> Iterator[folder.Folder]:
    with folder.opened(path, site="https://noborder.example", now=NOW) as target:
        yield target


def written(path: Path, key: Path, *files: str) -> set[str]:
    """What lies there after a run that wrote these files."""
    with run(path) as target:
        for file in files:
            target.keep(file, lambda _at: b"text")
        target.finish(folder.signing_key(key))
    found = {str(file.relative_to(path)) for file in path.rglob("*") if file.is_file()}
    return found - {folder.LIST, folder.SIGNATURE, folder.LOCK}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    folder.write_keys(tmp_path / "key")
    return tmp_path / "key"


def test_what_a_run_left_that_was_broken_off_goes_with_the_next_one(tmp_path: Path, key: Path) -> None:
    """A protest may have been hidden meanwhile."""
    site = tmp_path / "site"
    for is_first in (True, False):
        with run(site) as target:
            target.keep("en/protests/hidden/index.html", lambda _at: b"text")
            (site / "en/.index.html.new").write_bytes(b"te")
        assert written(site, key, "en/index.html") == {"en/index.html"}, is_first
    assert [file.name for file in (site / "en").iterdir()] == ["index.html"]
    assert folder.faults(site, folder.verifying_key(key.with_name("key.pub"))) == []


def test_a_list_that_somebody_changed_removes_nothing_elsewhere(tmp_path: Path, key: Path) -> None:
    site, mine = tmp_path / "site", tmp_path / "letter.txt"
    written(site, key, "en/index.html")
    mine.write_text("mine")
    listed = json.loads((site / folder.LIST).read_bytes())
    for name in ("../letter.txt", str(mine)):
        listed["files"][name] = ["", NOW.isoformat()]
    (site / folder.LIST).write_text(json.dumps(listed))
    assert written(site, key, "en/index.html") == {"en/index.html"}
    assert mine.read_text() == "mine"


def test_a_key_in_the_mirror_is_refused_and_stays(tmp_path: Path, key: Path) -> None:
    site = tmp_path / "site"
    written(site, key, "en/index.html")
    key.rename(site / "key")
    with pytest.raises(CommandError, match="for everybody to read"):
        call_command("mirror", site, key=site / "key")
    assert (site / "key").exists()
