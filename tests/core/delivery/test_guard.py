"""The guard and the settings: what keeps ours from harming a host."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from whence.config import default_home, load
from whence.guard import attempt, caught, guard, set_reporter
from whence.transports import is_configured


@pytest.fixture
def quiet(config):
    """The default reporter, for the tests of what it does."""
    before = set_reporter(None)
    yield config
    set_reporter(before)


def errors(config):
    return [json.loads(line) for line in (config.home / "errors.ndjson").read_text().splitlines()]


def test_an_exception_is_swallowed_and_written_down(quiet):
    """One line says where, what and how, without the secrets in it."""
    with guard("ship.callback"):
        raise ValueError("postgres://captain:s3cret@db/cargo")
    (error,) = errors(quiet)
    assert (error["where"], error["error"]) == ("ship.callback", "ValueError")
    assert "s3cret" not in json.dumps(error)
    assert "test_guard.py" in error["traceback"]


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_is_the_hosts_passes(quiet, kind):
    """Ctrl-C and exits are not ours to swallow."""
    with pytest.raises(kind), guard("ship.callback"):
        raise kind


def test_an_attempt_gives_the_result_or_the_reported_failure(quiet):
    """For one extractor: its failure is a value, and in the file."""
    assert attempt("ship.extract", int, "7") == (7, None)
    result, error = attempt("ship.extract", int, "seven")
    assert result is None
    assert isinstance(error, ValueError)
    assert len(errors(quiet)) == 1


def test_a_caught_failure_is_not_reported(quiet):
    """For calls whose failure is counted elsewhere."""
    assert isinstance(caught(int, "seven")[1], ValueError)
    assert not (quiet.home / "errors.ndjson").exists()


def test_reporting_never_raises(tmp_path, monkeypatch):
    """Also where the home cannot be written."""
    (tmp_path / "home").write_text("in the way")
    monkeypatch.setenv("WHENCE_HOME", str(tmp_path / "home"))
    before = set_reporter(None)
    try:
        with guard("ship.callback"):
            raise ValueError("lost")
    finally:
        set_reporter(before)


def test_the_log_is_not_flooded(quiet, caplog):
    """At most one line a minute for an error class; the file has them all."""
    with caplog.at_level(logging.ERROR, logger="whence"):
        for _ in range(5):
            with guard("ship.callback"):
                raise LookupError("again")
    assert len(caplog.records) == 1
    assert len(errors(quiet)) == 5


def test_an_error_does_not_print_into_a_host_without_logging(config):
    """Python's last resort, standard error, is not used."""
    program = "from whence.guard import guard\nwith guard('x'):\n    raise ValueError('boo')"
    ran = subprocess.run(
        [sys.executable, "-c", program], env=dict(config.environ), capture_output=True, check=True
    )
    assert (ran.stdout, ran.stderr) == (b"", b"")


def test_settings_are_read_from_the_environment():
    """Each by its name, in the unit that the name says."""
    config = load(
        {
            "WHENCE_HOME": "/data/whence",
            "WHENCE_FLUSH_TIMEOUT_S": "2.5",
            "WHENCE_SPOOL_MAX_BYTES": "1_000",
            "WHENCE_OWNER_FACET": "no",
            "WHENCE_MASK_LITERALS": "true",
        }
    )
    assert (config.home, config.flush_timeout_s, config.spool_max_bytes) == (
        Path("/data/whence"),
        2.5,
        1000,
    )
    assert (config.owner_facet, config.mask_literals, config.local_store) == (False, True, None)


@pytest.mark.parametrize("name", ["WHENCE_DISABLED", "OPENLINEAGE_DISABLED"])
def test_either_switch_disables(name):
    """Ours and OpenLineage's."""
    assert load({name: "true"}).disabled
    assert not load({name: "false"}).disabled


def test_an_unknown_setting_is_warned_of_once_with_the_nearest(caplog):
    """A misspelt name is said, not guessed."""
    for _ in range(2):
        load({"WHENCE_FLUSH_TIMOUT_S": "3"})
    (record,) = caplog.records
    assert "WHENCE_FLUSH_TIMEOUT_S" in record.getMessage()


def test_a_value_that_cannot_be_read_keeps_its_default(caplog):
    """The host is not stopped by a typing error."""
    assert load({"WHENCE_FLUSH_TIMEOUT_S": "soon"}).flush_timeout_s == 5.0
    assert "WHENCE_FLUSH_TIMEOUT_S" in caplog.text


@pytest.mark.parametrize("data", ["", "/data", "relative", "~/share"])
def test_the_default_home_is_the_users_data_folder(monkeypatch, data):
    """The same as platformdirs says, which is not imported where it can be helped."""
    import platformdirs

    monkeypatch.setenv("XDG_DATA_HOME", data)
    assert default_home({"XDG_DATA_HOME": data}) == platformdirs.user_data_path("whence")


@pytest.mark.parametrize(
    ("variables", "configured"),
    [
        ({}, False),
        ({"OPENLINEAGE_URL": "http://x"}, True),
        ({"OPENLINEAGE_URL": "http://x", "OPENLINEAGE_DISABLED": "true"}, False),
        ({"OPENLINEAGE__TRANSPORT__TYPE": "file"}, True),
        ({"OPENLINEAGE__TRANSPORT": '{"type": "console"}'}, True),
        ({"OPENLINEAGE__TRANSPORT__URL": "http://x"}, False),
        ({"OPENLINEAGE__TAGS": "{}"}, False),
    ],
)
def test_a_configured_transport_is_seen_without_openlineage(tmp_path, variables, configured):
    """By the same variables that openlineage-python reads."""
    assert is_configured({"HOME": str(tmp_path), **variables}, tmp_path) is configured


def test_a_settings_file_counts_when_it_names_a_transport(tmp_path):
    """In the working folder, in the home folder, or where OPENLINEAGE_CONFIG says."""
    environ = {"HOME": str(tmp_path / "user")}
    (tmp_path / "openlineage.yml").write_text("facets:\n  environment_variables: [A]\n")
    assert not is_configured(environ, tmp_path)
    (tmp_path / "other.yml").write_text("transport:\n  type: http\n")
    assert is_configured({**environ, "OPENLINEAGE_CONFIG": str(tmp_path / "other.yml")}, tmp_path)


def test_the_hosts_side_imports_nothing_heavy(config):
    """Neither OpenLineage nor YAML nor anything beyond the standard library."""
    program = (
        "import sys; before = set(sys.modules); "
        "import whence.guard, whence.config, whence.captures, whence.spool, whence.relay; "
        "whence.config.load(); "
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}; "
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], env=dict(config.environ), capture_output=True, text=True
    )
    assert ran.stdout.strip() == "['whence']"
