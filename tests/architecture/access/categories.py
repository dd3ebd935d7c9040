"""The catalogue: anybody reads it, sysadmins import it."""

from tests.architecture.access.vocabulary import ANYONE, Row, for_roles

_ROW = {"id": "local_thing", "group": "other", "name_zh": "本地事项", "name_en": "Local thing"}

ROWS: tuple[Row, ...] = (
    Row("GET", "/v1/categories", ANYONE),
    Row("GET", "/v1/categories/{category_id}", ANYONE, params={"category_id": "road_damage"}),
    Row("POST", "/v1/categories/import", for_roles(), json={"categories": [_ROW]}),
)
