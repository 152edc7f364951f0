"""All destinations of a process at once: a slow one does not hold up the others.

Must not run in a host's process.
"""

from __future__ import annotations

from whence.config import Config
from whence.delivery.courier import Courier, Delivery
from whence.transports.destinations import destinations


class Couriers:
    """One courier for each configured transport; none where nothing is configured."""

    def __init__(self, config: Config) -> None:
        """Read the settings; nothing is opened before `start`."""
        self._couriers = [Courier(config, place) for place in destinations(config)]

    def start(self, now: bool = False) -> None:
        """Begin with what earlier runs left.

        Args:
            now: Try also where the circuit breaker is open.
        """
        for courier in self._couriers:
            if now:
                courier.try_now()
            courier.start()

    def wake(self) -> None:
        """Say that there are new events."""
        for courier in self._couriers:
            courier.wake()

    def finish(self, timeout_s: float, patient: bool = False) -> tuple[Delivery, ...]:
        """Send what is left for at most ``timeout_s``, all at once, and say what was done.

        Args:
            timeout_s: Seconds from now.
            patient: True counts them from the last event that a destination took: a slow one
                gets everything, one that hangs or refuses no more than the time.
        """
        for courier in self._couriers:
            courier.finish(timeout_s, patient)
        return tuple(courier.result() for courier in self._couriers)


def deliver(
    config: Config, timeout_s: float, now: bool = False, patient: bool = False
) -> tuple[Delivery, ...]:
    """Send everything pending to every configured transport.

    Args:
        config: Whose spool.
        timeout_s: Longest time, in all or, if ``patient``, since the last event was taken.
        now: Try also where the circuit breaker is open.
        patient: See `Couriers.finish`.
    """
    couriers = Couriers(config)
    couriers.start(now)
    return couriers.finish(timeout_s, patient)
