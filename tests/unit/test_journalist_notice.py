"""The daily notice has the same bytes each day, whatever the server holds: its process looks at nothing."""

from __future__ import annotations

import json
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from demo.acts import draw_codename, report
from journalist_interface import __main__ as program
from journalist_interface.daily_notice import TEXT, NotSent, notice_bytes, send
from securedrop_config import ConfigError, load
from tests.support.server_processes import Plan, Server, server

ROOT = Path(__file__).resolve().parents[2]
HEADERS = ("From: desk@example.org", "To: desk@example.org", "Subject: Daily notice")
CONFIG = """
[instance]
name = "Test line"
record = "instance.record"
[site]
profile = "demo"
[mailroom]
store = "store"
run = "run"
[source]
bind = "source.sock"
gnupg = "gnupg"
[journalist]
bind = "journalist.sock"
database = "sqlite:///{folder}/accounts.sqlite"
"""
_COUNTING = """
import sys
from journalist_interface import __main__ as program, daily_notice
from mailroom.operator_client import OperatorClient
status = OperatorClient(sys.argv.pop(1)).status()
daily_notice.TEXT += f"{len(status.closed)} exports wait.\\n"
program.main(sys.argv[1:])
"""


def write_config(path: Path, table: str) -> Path:
    path.write_text(CONFIG.format(folder=path.parent) + table, "utf-8")
    return path


def notice_table(command: list[str], headers: tuple[str, ...] = ()) -> str:
    return f"[journalist.notice]\ncommand = {command!r}\nheaders = {list(headers)!r}\n"


def run(config: Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(program.main, ["notice", "--config", str(config)])
    return done.exit_code, done.stdout, done.stderr


def test_the_text_is_short_in_both_languages_and_holds_nothing_that_changes() -> None:
    assert TEXT.isascii()
    assert len(TEXT) < 500
    assert TEXT.startswith("An export is due.")
    assert "Het is tijd voor een export." in TEXT
    assert not re.search(r"[0-9@/{}%]", TEXT)
    assert max(map(len, TEXT.splitlines())) < 120


@pytest.mark.parametrize("headers", [(), HEADERS])
def test_the_same_bytes_on_thirty_days(
    headers: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    got = tmp_path / "got"
    config = write_config(tmp_path / "sluis.toml", notice_table(["/usr/bin/tee", str(got)], headers))
    seen = set()
    for day in range(20_000, 20_030):
        moment = 86_400.0 * day + 61.0 * (day % 30)
        monkeypatch.setattr("time.time", lambda moment=moment: moment)
        assert run(config) == (0, "", "")
        seen.add(got.read_bytes())
        got.unlink()
    assert seen == {notice_bytes(headers)}


def test_mail_has_its_headers_an_empty_line_and_the_text() -> None:
    assert notice_bytes(HEADERS).decode() == "\n".join([*HEADERS, "", TEXT])
    assert notice_bytes(()).decode() == TEXT


def test_without_a_command_nothing_happens_and_it_says_so(tmp_path: Path) -> None:
    code, out, err = run(write_config(tmp_path / "sluis.toml", ""))
    assert (code, out) == (0, "")
    assert err == "No notice: [journalist.notice] is not in the configuration.\n"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["/usr/bin/false", "desk@example.org"], "the command ended with status 1"),
        (["/nonexistent/desk@example.org"], "the command cannot be started (No such file or directory)"),
        (["/etc/passwd"], "the command cannot be started (Permission denied)"),
    ],
)
def test_a_command_that_fails_is_told_in_one_line_without_an_address(
    command: list[str], why: str, tmp_path: Path
) -> None:
    code, out, err = run(write_config(tmp_path / "sluis.toml", notice_table(command, HEADERS)))
    assert (code, out, err) == (1, "", f"Error: The notice was not sent: {why}.\n")


def test_a_command_that_hangs_is_given_up() -> None:
    with pytest.raises(NotSent, match="took too long"):
        send(["/usr/bin/sleep", "60"], (), deadline_s=0.05)


def test_the_command_gets_its_words_as_they_are_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUIS_CONFIG", "seen")
    script, got = tmp_path / "carry.py", tmp_path / "got"
    script.write_text(
        f"#!{sys.executable} -I\nimport json, os, sys\n"
        f"open({str(got)!r}, 'w').write(json.dumps([sys.argv[1:], sorted(os.environ), os.getcwd()]))\n"
        "sys.stdout.write('ignored')\n"
    )
    script.chmod(stat.S_IRWXU)
    send([str(script), "; touch /tmp/x", "$HOME", "*"], HEADERS)
    words, environment, folder = json.loads(got.read_text())
    assert words == ["; touch /tmp/x", "$HOME", "*"]
    assert set(environment) <= {"PATH", "LC_ALL", "LC_CTYPE"}  # Python adds the last itself
    assert folder == "/"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[journalist.notice]\n", "missing required field `command`"),
        ('[journalist.notice]\ncommand = "/usr/sbin/sendmail -t"\n', "journalist.notice.command"),
        ("[journalist.notice]\ncommand = []\n", "begins with the full path"),
        ('[journalist.notice]\ncommand = ["sendmail", "-t"]\n', "begins with the full path"),
        ('[journalist.notice]\ncommand = ["/bin/x", ""]\n', "no empty word"),
        ('[journalist.notice]\ncommand = ["/bin/x", "a\\u0000b"]\n', "cannot be typed"),
        ('[journalist.notice]\ncommand = ["/bin/x", 5]\n', "Expected `str`"),
        ('[journalist.notice]\ncommand = ["/bin/x"]\nto = "desk"\n', "unknown field `to`"),
        ('[journalist.notice]\ncommand = ["/bin/x"]\nheaders = ["To desk"]\n', "one header in each string"),
        ('[journalist.notice]\ncommand = ["/bin/x"]\nheaders = ["A: b\\nC: d"]\n', "one header in each"),
        ('[journalist.notice]\ncommand = ["/bin/x"]\nheaders = ["Subject: één"]\n', "in ASCII"),
    ],
)
def test_a_bad_command_is_named_and_nothing_is_sent(table: str, said: str, tmp_path: Path) -> None:
    config = write_config(tmp_path / "sluis.toml", table)
    with pytest.raises(ConfigError, match=re.escape(said)):
        load(config)
    code, out, err = run(config)
    assert (code, out) == (1, "")
    assert said in err
    assert len(err.splitlines()) == 1


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Server]:
    with server(tmp_path, Plan(banks=3)) as opened:
        yield opened


def told(made: Server, *program_words: str) -> tuple[bytes, list[str]]:
    """What a process of its own hands out, and which traces of the server it looked at or knocked at."""
    trace, got = made.folder / "logs" / "notice.trace", made.folder / "got"
    config = made.folder / "notice.toml"
    config.write_text(made.config.read_text("utf-8") + notice_table(["/usr/bin/tee", str(got)]), "utf-8")
    watch = ["strace", "-f", "-q", "-s", "300", "-e", "trace=%file,%network,ioctl", "-o", str(trace)]
    command = [*watch, sys.executable, *program_words, "notice", "--config", str(config)]
    subprocess.run(command, cwd=ROOT, env=made.environment, check=True, capture_output=True)
    holding = [str(made.store), str(made.run), str(made.accounts)]
    looked_at = [
        line for line in trace.read_text("utf-8").splitlines() if any(one in line for one in holding)
    ]
    # Before the program runs, the configuration is read: its text names these paths, but no call does.
    return got.read_bytes(), looked_at


@pytest.mark.slow
def test_without_a_store_with_an_empty_one_with_a_full_one_and_without_a_mailroom_it_is_the_same(
    made: Server,
) -> None:
    plain = ("-m", "journalist_interface")
    counting = ("-c", _COUNTING, str(made.run / "mailroom" / "operator.sock"))
    seen = [told(made, *plain)]
    made.open(journalist=True)
    seen.append(told(made, *plain))
    empty = told(made, *counting)
    person = made.visitor()
    _, page = draw_codename(person)
    report(person, page, "They came to the house.", [])
    made.operator.make_export()
    made.operator.make_export()
    assert made.operator.status().free_banks == 0
    seen.append(told(made, *plain))
    full = told(made, *counting)
    made.processes.stop("mailroom")
    seen.append(told(made, *plain))
    assert seen == [(notice_bytes(()), [])] * 4
    # A notice that counts is noticed, by its bytes and by the socket at which it knocks.
    assert empty[0] != full[0]
    assert all(any("operator.sock" in line for line in looked_at) for _, looked_at in (empty, full))
