"""``whence doctor``: what it finds, and when it says that something needs the user."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time

import pytest

from whence.config import Config
from whence.spool import CaptureWriter


@pytest.fixture
def doctor(whence):
    """The answer of ``whence doctor --json`` and its exit code."""

    def ask(**environ: str):
        ran = whence("doctor", "--json", **environ)
        return json.loads(ran.stdout), ran.returncode

    return ask


@pytest.fixture
def listening():
    """A port that takes connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def silent_port():
    """A port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def test_modules_that_lie_about_are_not_taken_for_a_hosts(doctor, tmp_path):
    """dbt does not import from the folder it is asked in, so neither does the question."""
    (tmp_path / "queue.py").write_text("raise RuntimeError('not the one of the library')")
    answer, code = doctor(TMPDIR=str(tmp_path))
    assert (answer["problems"], code) == ([], 0)


def test_a_new_machine_is_well(doctor, home):
    """Nothing recorded, nothing configured: versions, the hooked dbt, and no data folder made."""
    answer, code = doctor()
    assert answer["problems"] == []
    assert code == 0
    assert answer["versions"]["whence-core"]
    assert [dbt["hooked"] for dbt in answer["hosts"]["dbt"]] == [True]
    assert answer["transport"] == {
        "configured": False,
        "destinations": [],
        "reachable": None,
        "local_store": True,
    }
    assert (answer["spool"]["pending"], answer["spool"]["dropped"]) == (0, 0)
    assert answer["gaps"] == []
    assert not home.exists()


def test_switched_off_is_said(doctor):
    """Who wonders why nothing arrives finds the reason first."""
    answer, code = doctor(WHENCE_DISABLED="true")
    assert "switched off" in answer["problems"][0]
    assert code == 1


def test_a_transport_that_answers_is_reachable(doctor, listening):
    """A connection is enough; nothing is sent."""
    answer, _ = doctor(OPENLINEAGE_URL=f"http://127.0.0.1:{listening}")
    (destination,) = answer["transport"]["destinations"]
    assert (destination["kind"], destination["reachable"]) == ("http", True)
    assert answer["transport"]["reachable"] is True


def test_a_transport_that_is_down_needs_the_user(doctor, silent_port):
    """With the address and the reason, without its secrets."""
    answer, code = doctor(
        OPENLINEAGE_URL=f"http://127.0.0.1:{silent_port}", OPENLINEAGE_API_KEY="hush-hush"
    )
    assert answer["transport"]["reachable"] is False
    assert any(str(silent_port) in problem for problem in answer["problems"])
    assert "hush-hush" not in json.dumps(answer)
    assert code == 1


def test_a_place_that_swallows_packets_is_given_up_in_time(doctor):
    """An address that never answers costs seconds, not minutes."""
    started = time.monotonic()
    answer, _ = doctor(OPENLINEAGE_URL="http://192.0.2.1:9")
    assert answer["transport"]["reachable"] is False
    assert time.monotonic() - started < 15


def test_a_file_transport_needs_a_writable_folder(doctor, tmp_path):
    """The folder is looked at; no file is made."""
    target = tmp_path / "events.ndjson"
    settings = {"type": "file", "log_file_path": str(target), "append": True}
    answer, code = doctor(OPENLINEAGE__TRANSPORT=json.dumps(settings))
    assert (answer["transport"]["reachable"], code) == (True, 0)
    settings["log_file_path"] = str(tmp_path / "none" / "events.ndjson")
    answer, code = doctor(OPENLINEAGE__TRANSPORT=json.dumps(settings))
    assert (answer["transport"]["reachable"], code) == (False, 1)
    assert not target.exists()


def test_settings_that_cannot_be_read_are_said(doctor):
    """A transport without a URL is no transport."""
    answer, code = doctor(OPENLINEAGE__TRANSPORT='{"type": "http", "url": 7, "auth": 3')
    assert answer["transport"]["destinations"] == []
    assert code in (0, 1)


def test_a_data_folder_that_cannot_be_is_the_first_problem(doctor, tmp_path):
    """A file in its place, or no way to make it: the reason, and what to set."""
    (tmp_path / "file").write_text("x")
    for home in (tmp_path / "file", tmp_path / "file" / "below", "/proc/xx"):
        answer, code = doctor(WHENCE_HOME=str(home))
        assert re.search(r"nothing can be kept in .* until WHENCE_HOME", answer["problems"][0])
        assert (answer["spool"]["pending"], answer["store"]["exists"], code) == (0, False, 1)


def test_settings_that_are_not_honoured_need_the_user(doctor, tmp_path):
    """A value that is none, a name that nothing reads, and a file that is not there."""
    answer, code = doctor(
        WHENCE_RELAY="perhaps",
        WHENCE_HOMES="x",
        OPENLINEAGE_CONFIG=str(tmp_path / "none.yml"),
    )
    said = "\n".join(answer["problems"])
    assert "WHENCE_RELAY='perhaps' cannot be read" in said
    assert "did you mean WHENCE_HOME?" in said
    assert re.search(r"OPENLINEAGE_CONFIG names .*none\.yml, which cannot be read", said)
    assert (answer["transport"]["configured"], code) == (False, 1)


def test_a_live_producer_is_named(doctor, home):
    """Who writes now, and how much of it is not translated yet."""
    writer = CaptureWriter.open(Config(home=home), "dbt")
    writer.append("invocation", {}, "2026-01-01T00:00:00Z")
    answer, code = doctor()
    assert answer["spool"]["live"] == [writer.path.name.removesuffix(".captures.ndjson")]
    assert answer["spool"]["untranslated"] == 1
    writer.close()
    assert doctor()[0]["spool"]["live"] == []
    assert code == 0


def test_swallowed_errors_need_the_user(doctor, home):
    """With the last one's place and text, and where the others are."""
    home.mkdir()
    error = {"time": "2026-01-01T00:00:00Z", "where": "dbt.NodeStart", "error": "KeyError"}
    line = json.dumps({**error, "message": "'x'", "traceback": "..."})
    (home / "errors.ndjson").write_text(f"{line}\n{line}\ntorn {{")
    answer, code = doctor()
    assert answer["errors"]["count"] == 2
    assert answer["errors"]["last"][-1]["where"] == "dbt.NodeStart"
    assert any("dbt.NodeStart" in problem for problem in answer["problems"])
    assert code == 1


def test_drops_and_rejected_events_need_the_user(doctor, home):
    """Losses are counted by reason; refused events are shown where they are parked."""
    (home / "spool" / "rejected").mkdir(parents=True)
    drop = {"time": "2026-01-01T00:00:00Z", "reason": "spool full", "count": 3}
    (home / "spool" / "drops.ndjson").write_text(json.dumps(drop) + "\n")
    (home / "spool" / "rejected" / "http-1a2b3c4d.ndjson").write_text("{}\n{}\n")
    answer, code = doctor()
    assert answer["spool"]["dropped"] == 3
    assert answer["spool"]["dropped_by_reason"] == {"spool full": 3}
    assert answer["spool"]["rejected"] == 2
    assert sum("3 records" in problem for problem in answer["problems"]) == 1
    assert sum("refused 2 events" in problem for problem in answer["problems"]) == 1
    assert code == 1


def test_a_store_that_cannot_be_read_is_said(doctor, home):
    """The file is named; the rest of the answer stands."""
    home.mkdir()
    (home / "store.sqlite").write_bytes(b"this is no database, whatever its name says" * 100)
    answer, code = doctor()
    assert any("store" in problem for problem in answer["problems"])
    assert answer["store"]["exists"] is True
    assert code == 1


def test_gaps_of_recent_runs_come_with_their_reason(doctor, whence, home, tmp_path):
    """Each once, with the job and the number of runs; a gap alone needs nobody."""
    gap = {"code": "star-unknown-table", "reason": "star over t", "where": "line 3"}
    facet = {"_producer": "https://example.org", "_schemaURL": "https://example.org/s.json"}
    events = [
        {
            "eventType": "COMPLETE",
            "eventTime": f"2026-01-0{day}T00:00:00Z",
            "producer": "https://example.org",
            "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
            "run": {
                "runId": f"01941f29-7c00-7000-8000-00000000000{day}",
                "facets": {"whence_gaps": {**facet, "gaps": [gap]}},
            },
            "job": {"namespace": "n", "name": "load"},
            "inputs": [],
            "outputs": [],
        }
        for day in (1, 2)
    ]
    file = tmp_path / "events.ndjson"
    file.write_text("\n".join(map(json.dumps, events)))
    assert whence("ingest", str(file)).returncode == 0
    answer, code = doctor()
    assert answer["gaps"] == [{**gap, "job": "load", "runs": 2}]
    assert code == 0


def test_a_dbt_without_the_plugin_needs_the_user(doctor, tmp_path):
    """The dbt on the path is asked in its own environment."""
    other = tmp_path / "other"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(other)], check=True)
    script = other / "bin" / "dbt"
    script.write_text(f"#!{other}/bin/python\n")
    script.chmod(0o755)
    answer, code = doctor(PATH=f"{other}/bin:/usr/bin:/bin")
    found = {dbt["executable"]: dbt for dbt in answer["hosts"]["dbt"]}
    assert found[str(script)]["hooked"] is False
    assert any(str(script) in problem for problem in answer["problems"])
    assert code == 1


def test_a_terminal_gets_sentences(whence, home):
    """Piped output is JSON; on a terminal it is tables and a verdict."""
    script = f"{sys.executable} -m whence_cli doctor"
    ran = subprocess.run(
        ["script", "-qec", script, "/dev/null"],
        env={"PATH": "/usr/bin:/bin", "WHENCE_HOME": str(home), "TERM": "xterm"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "versions" in ran.stdout
    assert '"versions"' not in ran.stdout
