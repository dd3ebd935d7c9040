"""The station, rider and manager of the check-ins' tests are here too."""

from tests.checkins.conftest import world

__all__ = ["world"]
