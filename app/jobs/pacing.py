"""How fast a vendor is asked, and when it is left alone: both by a clock that never jumps."""

from collections.abc import Callable

_ENOUGH_FAILURES = 3
_FIRST_REST_S, _LONGEST_REST_S = 5.0, 300.0


class Pace:
    """Lets through so many a second, up to a second's worth (or one batch) at once."""

    def __init__(self, per_second: float, at_once: int, clock: Callable[[], float]) -> None:
        """Begin with everything allowed."""
        self._per_second = per_second
        self._most = max(per_second, 1.0)
        self._at_once = at_once
        self._clock = clock
        self._left, self._at = self._most, clock()

    def allowance(self) -> int:
        """Return how many may go now, at most one batch."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._per_second)
        self._at = now
        return max(0, min(int(self._left), self._at_once))

    def spend(self, count: int) -> None:
        """Count what went."""
        self._left -= count

    def wait_s(self) -> float:
        """Return how long until one may go again."""
        return max(0.0, (1 - self._left) / self._per_second)


class Breaker:
    """Leaves a vendor alone that fails: after three failures 5 s, doubling to 5 min; then one try decides."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin closed: everything goes."""
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        """Tell whether the vendor is left alone now."""
        return self._clock() < self._open_until

    def rest_s(self) -> float:
        """Return how long the vendor is left alone yet."""
        return max(0.0, self._open_until - self._clock())

    @property
    def is_trying(self) -> bool:
        """Tell whether it failed before and one message should try whether it is back."""
        return self._failures >= _ENOUGH_FAILURES and not self.is_open

    def note(self, *, is_down: bool) -> None:
        """Take in how a call went."""
        if not is_down:
            self._failures = 0
            return
        self._failures += 1
        if self._failures >= _ENOUGH_FAILURES:
            doubled = _FIRST_REST_S * 2.0 ** min(self._failures - _ENOUGH_FAILURES, 10)
            self._open_until = self._clock() + min(doubled, _LONGEST_REST_S)
