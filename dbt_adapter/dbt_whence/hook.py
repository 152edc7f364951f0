"""What dbt calls: the plugin class, and the callback that hears every event of an invocation.

Must do nothing but call capture and append; every entry is guarded, for an exception here would
end dbt's command (initialize), hang it (NodeStart) or turn good models into errors (NodeFinished).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from click import get_current_context
from dbt.plugins.manager import dbt_hook, dbtPlugin

from dbt_whence import compat, log
from dbt_whence.capture import invocation
from dbt_whence.config import COMMANDS, owner
from dbt_whence.session import Session
from whence.config import load
from whence.guard import guard

__all__ = ["WhencePlugin"]

_sessions: list[Session] = []


class WhencePlugin(dbtPlugin):
    """Listens to one invocation of dbt; dbt makes a new one for each."""

    def initialize(self) -> None:
        """Open the captures file, start the relay beside dbt, and listen."""
        with guard("dbt.initialize"):
            log.to_file(os.environ)
            _attach()

    @dbt_hook  # type: ignore[untyped-decorator]  # dbt's decorator has no types
    def get_manifest_artifacts(self, manifest: Any) -> dict[str, Any]:
        """Take the manifest where the command's context has none (``dbt retry``); adds nothing."""
        with guard("dbt.get_manifest_artifacts"):
            for session in _sessions:
                session.offer_manifest(manifest)
        return {}


def _attach() -> None:
    context = get_current_context(silent=True)
    if context is None or context.obj is None or str(context.obj["flags"].WHICH) not in COMMANDS:
        return
    config = load(os.environ)
    if config.disabled:
        return
    _sessions.clear()
    session = Session.open(
        config,
        invocation(
            context.obj,
            invocation_id=compat.invocation_id(),
            started_at=compat.invocation_started_at(),
            dbt_version=compat.dbt_version,
            environ=os.environ,
            folder=os.getcwd(),
            owner=owner(config),
        ),
        context.obj,
    )
    if session.active:
        _sessions.append(session)
        compat.add_callback(_guarded(session))


def _guarded(session: Session) -> Callable[[Any], None]:
    def callback(message: Any) -> None:
        handler = session.handlers.get(message.info.name)
        if handler is not None:
            with guard(f"dbt.{message.info.name}"):
                handler(message)

    return callback
