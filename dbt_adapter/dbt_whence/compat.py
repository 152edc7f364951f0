"""What differs between the versions of dbt-core from 1.8 to 1.12, each as a function.

The only module that may branch on a version; must not fail where a version lacks something.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import dbt_common.invocation
from dbt.adapters.factory import get_adapter
from dbt.artifacts.schemas.base import BaseArtifactMetadata
from dbt.version import __version__ as dbt_version
from dbt_common.events.event_manager_client import add_callback_to_manager
from dbt_common.exceptions import DbtBaseException
from google.protobuf.json_format import MessageToDict  # type: ignore[import-untyped]  # no stubs

from whence.errors import BadInput

SUPPORTED = (">=1.8", "<1.13")

Refused = DbtBaseException
"""What dbt and its adapters raise where the database refuses a statement."""

__all__ = [
    "SUPPORTED",
    "Refused",
    "abandon",
    "adapter",
    "add_callback",
    "dbt_version",
    "hook_status",
    "invocation_id",
    "invocation_started_at",
    "load_profile",
    "plain_message",
]


def add_callback(callback: Callable[[Any], None]) -> None:
    """Have ``callback`` called with every event of this invocation, on the thread that fires it."""
    add_callback_to_manager(callback)


def invocation_id() -> str:
    """The identifier dbt writes into its artifacts for this invocation."""
    return dbt_common.invocation.get_invocation_id()


def invocation_started_at() -> datetime | None:
    """When this invocation began, naive UTC; None where dbt does not write it into artifacts.

    Run ids are derived from it, so that artifacts give the same ids as the live plugin. dbt's
    common library is newer than an old dbt, so that it knows more than the artifacts say.
    """
    if "invocation_started_at" not in BaseArtifactMetadata.__dataclass_fields__:
        return None
    return dbt_common.invocation.get_invocation_started_at()


def adapter(runtime_config: Any) -> Any:
    """The adapter that dbt itself uses in this invocation."""
    return get_adapter(runtime_config)


def hook_status(status: str) -> str:
    """The status of a hook that ended; before dbt 1.10 events say the database's answer instead.

    Those versions fire no event for a hook that failed.
    """
    return status if status in ("success", "error", "skipped") else "success"


def load_profile(
    project_root: str,
    profiles_dir: str,
    profile: str | None,
    target: str | None,
    variables: dict[str, Any],
) -> Any:
    """The profile of a project, resolved as dbt does it, outside a dbt command.

    Raises:
        BadInput: dbt finds no project or profile, or cannot read it.
    """
    from argparse import Namespace

    from dbt.config.runtime import load_profile as load
    from dbt.flags import set_from_args
    from dbt_common.context import set_invocation_context

    set_invocation_context(dict(os.environ))
    set_from_args(Namespace(PROFILES_DIR=profiles_dir, PROJECT_DIR=project_root), {})
    try:
        return load(project_root, variables, profile, target)
    except DbtBaseException as error:
        raise BadInput(f"dbt cannot read the project in {project_root}: {error}") from error


def abandon(host: Any, thread: threading.Thread, patience_s: float) -> None:
    """Interrupt the query that ``thread`` runs on its own connection of the adapter ``host``.

    dbt closes all connections when it ends, and closing a busy one is fatal to some drivers:
    a connection that cannot be interrupted is taken out of dbt's hands.
    """
    connections = host.connections
    key = (os.getpid(), thread.ident)
    with connections.lock:
        connection = connections.thread_connections.get(key)
    if connection is not None and hasattr(connections, "cancel"):
        connections.cancel(connection)
    thread.join(patience_s)
    if thread.is_alive():
        with connections.lock:
            connections.thread_connections.pop(key, None)


def plain_message(message: Any) -> dict[str, Any]:
    """A part of an event as JSON-ready data."""
    content: dict[str, Any] = MessageToDict(message)
    return {key: _whole(value) for key, value in content.items()}


def _whole(value: Any) -> Any:
    """Events carry every number as a float; counts are whole, as in dbt's artifacts."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
