"""The real servers, in a folder of the test's own."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis as redis_client

from noborder.embedded import places, programs
from noborder.embedded.places import CHECKOUT, InUse, Place, place_of, taken
from noborder.embedded.processes import Child, Ledger, birth_of, boot, send, wait_until
from noborder.embedded.servers import postgres, redis, servers
from noborder.embedded.trouble import Trouble


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")
    place = place_of(f"setup-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    shutil.rmtree(place.data, ignore_errors=True)
    yield place
    shutil.rmtree(place.data, ignore_errors=True)
    shutil.rmtree(place.sockets, ignore_errors=True)


def test_data_stays_from_one_start_to_the_next_and_nothing_runs_in_between(place: Place) -> None:
    with taken(place):
        ledger = Ledger(place)
        with servers(place, ledger) as found:
            with psycopg.connect(found["DATABASE_URL"]) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 'Łódź' AS city")
            assert redis_client.Redis.from_url(found["REDIS_URL"]).ping() is True
            pids = [pid for pid, _birth, _stop_by in ledger.rows.values()]
        assert [birth_of(pid) for pid in pids] == [None, None]
        with servers(place, ledger) as found, psycopg.connect(found["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT city, upper('київ') FROM kept").fetchone() == ("Łódź", "КИЇВ")


def test_without_a_redis_on_the_machine_the_one_from_the_wheel_runs(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs.shutil, "which", lambda _name: None)
    with taken(place), redis(place, Ledger(place)) as url:
        assert redis_client.Redis.from_url(url).info("server")["redis_version"].startswith("8.")


def test_servers_named_in_the_environment_are_used_as_they_are(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/x")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    with taken(place), servers(place, Ledger(place)) as found:
        assert found == {"DATABASE_URL": "postgresql://elsewhere/x", "REDIS_URL": "redis://elsewhere"}
        assert not list(place.postgres.iterdir())


def test_the_servers_of_root_run_as_an_ordinary_user_and_nobody_else_reads_the_data(place: Place) -> None:
    with taken(place), servers(place, Ledger(place)):
        owner = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        assert {folder.owner() for folder in (place.postgres, place.redis, place.sockets)} == {owner}
        assert {folder.stat().st_mode & 0o777 for folder in (place.postgres, place.redis, place.sockets)} == {0o700}


def test_a_second_launcher_is_told_that_the_first_runs(place: Place) -> None:
    with taken(place), pytest.raises(InUse, match="is running already"), taken(place):
        pass


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda folder: (folder / "PG_VERSION").unlink(), "PG_VERSION is missing"),
        (lambda folder: (folder / "PG_VERSION").write_text("9\n"), "it was made by PostgreSQL 9 and this is 18"),
        (lambda folder: shutil.rmtree(folder / "global"), "global"),
    ],
    ids=["no version", "another version", "lost files"],
)
def test_a_broken_data_folder_gives_a_sentence_that_says_what_to_do(
    place: Place, damage: Callable[[Path], object], sentence: str
) -> None:
    with taken(place):
        with postgres(place, Ledger(place)):
            pass
        damage(place.postgres)
        with pytest.raises(Trouble, match=sentence) as caught, postgres(place, Ledger(place)):
            pass
        assert f"mv {place.postgres} {place.postgres}.broken" in str(caught.value)


def test_a_folder_that_is_a_link_is_refused(place: Place, tmp_path: Path) -> None:
    place.data.mkdir(parents=True)
    place.redis.symlink_to(tmp_path)
    with pytest.raises(Trouble, match="Move it away"), taken(place):
        pass


def test_after_a_killed_launcher_nothing_lives_on_and_the_next_start_works(place: Place) -> None:
    launcher = textwrap.dedent("""
        import sys, time
        from noborder.embedded.places import place_of, taken
        from noborder.embedded.processes import Ledger
        from noborder.embedded.servers import servers
        with taken(place_of(sys.argv[1])) as place, servers(place, Ledger(place)):
            print("running", flush=True)
            time.sleep(600)
    """)
    command = [sys.executable, "-c", launcher, place.data.name]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "running\n"
        process.send_signal(signal.SIGKILL)
    with taken(place):
        Ledger(place).stop_leftovers()
        with servers(place, Ledger(place)) as found, psycopg.connect(found["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_pid_file_of_a_database_that_is_gone_is_forgotten_even_when_its_number_lives(place: Place) -> None:
    with taken(place):
        with postgres(place, Ledger(place)):
            pass
        (place.postgres / "postmaster.pid").write_text(f"{os.getppid()}\n{place.postgres}\n")
        with postgres(place, Ledger(place)) as url, psycopg.connect(url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_full_disk_is_named_before_anything_starts(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "NEEDED_MEGABYTES", 10**9)
    with pytest.raises(Trouble, match=r"Only \d+ MB are free on the disk of "), taken(place):
        pass


def test_leftovers_are_stopped_and_strangers_with_the_same_number_are_not(place: Place) -> None:
    with taken(place):
        sleeper = subprocess.Popen(["sleep", "600"], start_new_session=True)
        stranger = subprocess.Popen(["sleep", "600"], start_new_session=True)
        ledger = Ledger(place)
        ledger.write("sleeper", sleeper.pid, signal.SIGTERM)
        ledger.rows["stranger"] = (stranger.pid, f"{boot()} 1", signal.SIGTERM)
        ledger.save()
        assert Ledger(place).stop_leftovers() == ["sleeper"]
        assert sleeper.wait(60) == -signal.SIGTERM
        assert stranger.poll() is None
        stranger.kill()
        stranger.wait()


def test_what_a_killed_process_had_started_is_stopped_too(place: Place) -> None:
    with taken(place):
        child = Child("parent", Ledger(place))
        child.start(["sh", "-c", "sleep 600 & echo $!; wait"], output=subprocess.PIPE, env=os.environ, cwd=Path("/"))
        grandchild = int(next(child.lines()))
        send(child.popen.pid, signal.SIGKILL)
        assert wait_until(child.has_ended, seconds=60)
        assert birth_of(grandchild) is not None
        child.stop()
        assert wait_until(lambda: birth_of(grandchild) is None, seconds=60)
