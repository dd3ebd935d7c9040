"""Who gets what: every route, for every role, inside and outside its scope.

``test_authority.py`` walks the app: a route that is missing here fails the test, and each row drives a
real request for every caller in :class:`~tests.architecture.access.vocabulary.Who`. To add a route, add one
:class:`~tests.architecture.access.vocabulary.Row` to the ``ROWS`` of its feature's file here (a new feature:
a new file, found by itself):

1. Method and path as the router knows them, less converters (``{station_id}``, not ``{station_id:uuid}``):
   ``Row("POST", "/v1/stations/{station_id}/closures", STATION_STAFF, …)``.
2. Whom it is for, by the presets of ``vocabulary``: ``ANYONE``, ``SIGNED_IN``, ``own()`` (a worker's own
   thing) or ``for_roles(Role.STATION_MANAGER, …)``. Those say what everybody else gets: 401, 403 or 404. For
   a *list*, whose scope shows in what it holds, say ``for_roles(…, outside=Sees.NOTHING)`` and
   ``shows="station_id"``: that id (or a text as it is) must be in the answer of those inside, and must not
   be in the others'.
3. ``json=`` (or ``query=``, ``content=``) so that a caller inside is really served: any answer below 400,
   or a problem whose code stands in ``also=``. Where it needs ids, write a function of them:
   ``json=lambda ids: {"station_id": ids["station_id"]}``. A stream that does not end: ``streams=True``.
4. What a path or a body names is made by ``arrange``: add your thing there, *in* ``COMMUNITY`` and, where it
   is somebody's own, the worker's (``ids["worker_id"]``). Path parameters, queries and headers are filled
   from the ids, by name, or from ``params=`` (``{"report_id": "{handled_id}"}``). Every request is rolled
   back: rows do not meet.

Callers inside: the worker whose things are arranged, the manager of the station, the staff of its
community, the officer and the privacy officer of its county, a sysadmin. Outside:
their like of another place.
"""

from importlib import import_module
from pkgutil import iter_modules

from tests.architecture.access.vocabulary import Row

_WITHOUT_ROWS = {"arrange", "vocabulary"}

TABLE: tuple[Row, ...] = tuple(
    row
    for module in iter_modules(__path__)
    if module.name not in _WITHOUT_ROWS
    for row in import_module(f"{__name__}.{module.name}").ROWS
)
