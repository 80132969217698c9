"""`make run`: everything starts, everything ends together, and the data is there the next time."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest

from pleo import processes, run
from tests.installation import ROOT, Installation, wait_until


def get(address: str, path: str) -> tuple[int, str]:
    host = urlsplit(address)
    connection = http.client.HTTPConnection(host.hostname or "", host.port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.headers.get("Location", "") or answer.read().decode()


def group_is_gone(pid: int) -> bool:
    listed = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    return not any(line.split()[0] == str(pid) and not line.split()[1].startswith("Z") for line in listed.splitlines())


def children_of(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listed.splitlines() if line.split()[1] == str(pid)]


@pytest.fixture
def product(installation: Installation) -> Installation:
    """An installation whose supervisor starts a broker of its own."""
    del installation.env["REDIS_URL"]
    installation.start_product()
    return installation


@pytest.mark.redis
@pytest.mark.slow
def test_it_serves_the_login_page_and_ends_with_all_its_children(product: Installation):
    supervisor = product.children[-1].process
    wait_until(lambda: len(children_of(supervisor.pid)) == 6, "web, issuer, two workers, clock and broker run")
    groups = children_of(supervisor.pid)
    status, where = get(product.env["BASE_URL"], "/")
    assert status in {200, 302, 303}
    if status != 200:
        status, page = get(product.env["BASE_URL"], where)
        assert status == 200
        assert "password" in page

    second = subprocess.run(
        [sys.executable, "-m", "pleo.run"],
        cwd=ROOT,
        env=product.env | {"PORT": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "runs from this folder already" in second.stderr

    supervisor.send_signal(signal.SIGINT)
    assert supervisor.wait(timeout=30) == 0
    assert all(group_is_gone(group) for group in groups)


@pytest.mark.redis
@pytest.mark.slow
def test_one_dead_program_ends_all_and_the_next_start_has_the_data(product: Installation):
    supervisor = product.children[-1]
    product.script(
        """
        from accounts.models import User
        result = str(User.objects.create_user("alice@example.com", "correct horse battery").pk)
        """
    )
    wait_until(lambda: len(children_of(supervisor.process.pid)) == 6, "all programs run")
    groups = children_of(supervisor.process.pid)
    os.kill(groups[-1], signal.SIGKILL)
    assert supervisor.process.wait(timeout=30) == 1
    assert "so everything ends" in supervisor.tail(40)
    assert all(group_is_gone(group) for group in groups)

    product.start_product()
    assert product.rows("SELECT count(*) FROM accounts_user") == [(1,)]


def test_a_taken_port_is_refused_in_words(tmp_path):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {**os.environ, "PLEO_VAR": str(tmp_path), "PORT": str(port)}
        done = subprocess.run(
            [sys.executable, "-m", "pleo.run"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is taken. Name another one: make run PORT=8080\n"
    env["PORT"] = "http"
    done = subprocess.run(
        [sys.executable, "-m", "pleo.run"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "PORT is a number" in done.stderr


def test_the_bar_follows_the_file_and_forgives_a_broken_one(tmp_path, capsys):
    path = tmp_path / "demo.json"
    bar = run.Progress(path)
    bar.show()
    path.write_text("{")
    bar.show()
    path.write_text(json.dumps({"done": 0, "total": 0}))
    bar.show()
    assert capsys.readouterr().out == ""
    for done in range(0, 101, 5):
        path.write_text(json.dumps({"done": done, "total": 100, "label": "receipts"}))
        bar.show()
    assert capsys.readouterr().out.split() == [
        word for percent in (0, 25, 50, 75, 100) for word in ("Demo", "companies:", str(percent), "%")
    ]


def test_errors_of_a_child_reach_the_console_and_all_of_it_the_log(tmp_path, capfd):
    code = "print('all is well'); print('2026 ERROR it broke'); print('  File x'); print('ValueError: why')"
    child = processes.Child(
        "web", [sys.executable, "-c", code], log=tmp_path / "web.log", env=dict(os.environ), cwd=tmp_path
    )
    child.process.wait()
    assert child.tail().splitlines() == ["all is well", "2026 ERROR it broke", "  File x", "ValueError: why"]
    shown = capfd.readouterr().err
    assert "ERROR it broke" in shown and "ValueError: why" in shown
    assert "all is well" not in shown and "File x" not in shown


def test_the_log_of_the_start_before_is_kept(tmp_path):
    for text in ("first", "second"):
        child = processes.Child("x", ["echo", text], log=tmp_path / "x.log", env=dict(os.environ), cwd=tmp_path)
        child.process.wait()
        child.tail()
    assert (tmp_path / "x.log").read_text() == "second\n"
    assert (tmp_path / "x.log.1").read_text() == "first\n"


def test_a_slow_program_is_killed_with_its_children(tmp_path):
    stubborn = "trap '' TERM; sh -c \"trap '' TERM; while :; do sleep 0.1; done\" & while :; do sleep 0.1; done"
    child = processes.Child("x", ["sh", "-c", stubborn], log=tmp_path / "x.log", env=dict(os.environ), cwd=tmp_path)
    time.sleep(0.3)
    processes.stop([child], patience=0.5)
    assert child.code is not None
    assert group_is_gone(child.process.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent died")
def test_a_killed_supervisor_takes_its_programs_with_it(tmp_path):
    code = f"""
import os, time
from pathlib import Path
from pleo.processes import Child
folder = Path({str(tmp_path)!r})
print(Child("x", ["sleep", "60"], log=folder / "x.log", env=dict(os.environ), cwd=folder).process.pid, flush=True)
time.sleep(60)
"""
    supervisor = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    group = int(supervisor.stdout.readline())
    supervisor.kill()
    supervisor.wait()
    wait_until(lambda: group_is_gone(group), "the program is gone")


def test_a_busy_port_is_passed_by():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert processes.answers(port)
        assert processes.free_port(port) != port
    assert processes.free_port(port) == port
    assert not processes.answers(port)


def test_there_is_a_broker_command_on_this_machine(tmp_path):
    command = processes.broker_command(1234, tmp_path / "broker")
    assert command[1:5] == ["--bind", "127.0.0.1", "--port", "1234"]
    assert (tmp_path / "broker").is_dir()
