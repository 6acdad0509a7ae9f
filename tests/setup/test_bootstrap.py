"""How a bare machine gets its packages."""

import shutil
from pathlib import Path

import pytest

import bootstrap


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with locks and an environment that looks made."""
    for name in bootstrap.LOCKS:
        (tmp_path / name).write_text("django==5.2.19\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    bootstrap.python().touch()
    return tmp_path


def installed(*locks: str) -> None:
    for lock in locks:
        bootstrap.stamp(lock).write_text(bootstrap.fingerprint(lock))


def test_a_finished_environment_is_installed_once(checkout: Path) -> None:
    assert not bootstrap.is_installed("requirements-up.txt")
    installed("requirements-up.txt")
    assert bootstrap.is_installed("requirements-up.txt")
    assert not bootstrap.is_installed("requirements-dev.txt")


def test_a_changed_lock_is_installed_anew(checkout: Path) -> None:
    installed("requirements-up.txt")
    (checkout / "requirements-up.txt").write_text("django==5.2.20\n")
    assert not bootstrap.is_installed("requirements-up.txt")


def test_a_lost_interpreter_is_noticed(checkout: Path) -> None:
    installed("requirements-up.txt")
    bootstrap.python().unlink()
    assert not bootstrap.is_installed("requirements-up.txt")


def test_a_full_disk_is_named_before_anything_is_installed(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(checkout)._replace(free=10 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: full)
    with pytest.raises(SystemExit, match="Only 10 MB are free"):
        bootstrap.install("requirements-up.txt", "python3")


def test_a_failing_installer_ends_in_a_sentence_and_leaves_no_stamp(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    installed("requirements-up.txt", "requirements-dev.txt")
    with pytest.raises(SystemExit, match="The environment could not be made"):
        bootstrap.install("requirements-up.txt", "false")
    assert not bootstrap.is_installed("requirements-up.txt")
    assert not bootstrap.is_installed("requirements-dev.txt")


def test_the_locks_name_no_address_and_pin_every_package_by_hash() -> None:
    for lock in ("requirements.txt", *bootstrap.LOCKS):
        lines = (Path(bootstrap.__file__).parent / lock).read_text().splitlines()
        packages = [number for number, line in enumerate(lines) if line[:1].isalnum()]
        assert not [line for line in lines if "://" in line or line.startswith("-")]
        assert not [lines[number] for number in packages if "==" not in lines[number]]
        assert not [lines[number] for number in packages if "--hash=sha256:" not in lines[number + 1]]


def test_the_locks_agree_with_each_other() -> None:
    def pins(lock: str) -> dict[str, str]:
        lines = (Path(bootstrap.__file__).parent / lock).read_text().splitlines()
        names_and_rests = (line.rstrip("\\ ").partition("==") for line in lines if line[:1].isalnum())
        return {name: rest.partition(" ")[0] for name, _equals, rest in names_and_rests}

    run, up, dev = pins("requirements.txt"), pins("requirements-up.txt"), pins("requirements-dev.txt")
    assert {name: up.get(name) for name in run} == run
    assert {name: dev.get(name) for name in up} == up
