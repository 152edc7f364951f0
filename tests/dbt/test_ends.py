"""Failed, skipped, interrupted and killed: every run ends, and says why."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from whence.testing import Validator

Event = dict[str, Any]
EndOf = Callable[[list[Event], str], Event]
Wait = Callable[[Callable[[], bool], float], None]

BROKEN = ("--vars", "{break_child: true}")
SLOW = ("run", "--select", "slow", "--vars", "{slow: 100000000}")


def cpu_s(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def started(project: Any, name: str) -> bool:
    return any(e["job"]["name"] == name for e in project.raw_events())


def ends(project: Any) -> dict[str, str]:
    return {e["job"]["name"]: e["eventType"] for e in project.raw_events()}


def message(event: Event) -> str:
    return event["run"]["facets"]["errorMessage"]["message"]


def test_a_failed_model_fails_and_its_child_is_aborted(
    project: Any, ended: EndOf, validator: Validator
) -> None:
    """The child's ABORT names the cause; a retry is an invocation of its own with these nodes."""
    assert project.dbt("build", "--select", "bad+", *BROKEN).code == 1
    events = project.events()
    bad, child = ended(events, "model.edge.bad"), ended(events, "model.edge.child_bad")
    assert (bad["eventType"], child["eventType"]) == ("FAIL", "ABORT")
    assert "no_such_column" in message(bad)
    assert "model.edge.bad" in message(child)
    invocation = ended(events, "dbt-build-edge")
    assert invocation["eventType"] == "FAIL"
    assert "model.edge.bad" in message(invocation)
    assert "columnLineage" not in bad["outputs"][0]["facets"]
    assert [problem for event in events for problem in validator.problems(event)] == []

    assert project.dbt("retry").code == 1
    retried = project.events()[len(events) :]
    retried_jobs = {event["job"]["name"] for event in retried}
    assert {name for name in retried_jobs if not name.startswith("operation.")} == {
        "dbt-retry-edge",
        "model.edge.bad",
        "model.edge.child_bad",
    }
    assert not {e["run"]["runId"] for e in retried} & {e["run"]["runId"] for e in events}


def test_a_skipped_test_is_aborted_and_no_failure(project: Any, ended: EndOf) -> None:
    """A test that did not run says nothing of its dataset."""
    (project.folder / "models" / "star.sql").write_text("select no_such_column from nowhere")
    assert project.dbt("build", "--select", "star", "--exclude", "test_type:unit").code == 1
    events = project.events()
    tests = [
        e for e in events if e["job"]["name"].startswith("test.") and e["eventType"] != "START"
    ]
    assert len(tests) == 6
    for event in tests:
        assert event["eventType"] == "ABORT"
        assert "model.edge.star" in message(event)
        assert not any("inputFacets" in d and d["inputFacets"] for d in event["inputs"])


def test_a_failed_test_fails_with_its_finding(project: Any, ended: EndOf) -> None:
    """The assertion is on the dataset, the reason on the run."""
    (project.folder / "tests" / "no_negative_amount.sql").write_text(
        "select * from {{ ref('star') }} where amount > 0"
    )
    assert project.dbt("test", "--select", "no_negative_amount").code == 1
    event = ended(project.events(), "test.edge.no_negative_amount")
    assert event["eventType"] == "FAIL"
    assert "Got 3 results" in message(event)
    (check,) = event["inputs"][0]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert (check["success"], check["severity"], check["actual"]) == (False, "error", "3")


def test_a_failed_batch_fails_the_one_run(project: Any, ended: EndOf) -> None:
    """With the count of batches; dbt's exit code stays."""
    (project.folder / "models" / "mb.sql").write_text(
        "{{ config(materialized='incremental', incremental_strategy='microbatch',"
        " event_time='ordered_at', begin='2024-01-01', batch_size='day') }}\n"
        "select id, amount, ordered_at from {{ ref('events') }}\n"
        "{% if model.batch and model.batch.id == '20240102' %}where no_such_column{% endif %}"
    )
    dates = ("--event-time-start", "2024-01-01", "--event-time-end", "2024-01-04")
    assert project.dbt("run", "--full-refresh", "--select", "mb", *dates).code == 1
    events = project.events()
    event = ended(events, "model.edge.mb")
    assert event["eventType"] == "FAIL"
    assert "PARTIAL SUCCESS (2/3)" in message(event)
    assert len([e for e in events if e["job"]["name"] == "model.edge.mb"]) == 2


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGKILL])
def test_a_killed_dbt_has_all_its_runs_aborted(
    project: Any, wait_until: Wait, signal_number: signal.Signals, validator: Validator
) -> None:
    """By the relay, without anybody reading."""
    process = project.start(*SLOW)
    wait_until(lambda: started(project, "model.edge.slow"), 30)
    process.send_signal(signal_number)
    process.communicate(timeout=30)
    wait_until(lambda: ends(project).get("dbt-run-edge") == "ABORT", 30)
    assert ends(project)["model.edge.slow"] == "ABORT"
    assert [problem for e in project.events() for problem in validator.problems(e)] == []
    assert project.errors() == []


def test_an_interrupted_dbt_is_aborted(project: Any, wait_until: Wait) -> None:
    """Ctrl-C: dbt itself ends in order, the model with an error or not at all."""
    process = project.start(*SLOW)
    try:
        wait_until(lambda: started(project, "model.edge.slow"), 30)
        # dbt cancels what runs; for a query not yet begun it would wait to its end.
        before = cpu_s(process.pid)
        wait_until(lambda: cpu_s(process.pid) > before + 2, 60)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    wait_until(lambda: ends(project).get("dbt-run-edge") != "START", 30)
    assert ends(project)["dbt-run-edge"] == "ABORT"
    assert ends(project)["model.edge.slow"] in {"FAIL", "ABORT"}


def test_a_killed_relay_loses_nothing(project: Any, wait_until: Wait, ended: EndOf) -> None:
    """The next reader translates what the relay did not."""
    process = project.start("run", "--select", "star", "slow", "--vars", "{slow: 15000}")
    wait_until(lambda: started(project, "model.edge.slow"), 30)
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            if status.read_text().rpartition(")")[2].split()[1] == str(process.pid):
                os.kill(int(status.parent.name), signal.SIGKILL)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    events = project.events()
    assert ended(events, "dbt-run-edge")["eventType"] == "COMPLETE"
    assert ended(events, "model.edge.slow")["eventType"] == "COMPLETE"
    assert len({(e["run"]["runId"], e["eventType"]) for e in events}) == len(events)
