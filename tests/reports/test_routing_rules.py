"""Routing rules: the first that fits, in a stated order, and what fails is told and passed over."""

import random
from datetime import UTC, datetime, time
from uuid import UUID, uuid4

import pytest

from app.models import DayKind, UnitKind, Urgency
from app.services.areas import Calendar, Lineage
from app.services.reports.routing_rules import Condition, Days, Facts, Routing, Rule, Unit, read_condition

COMMUNITY, COUNTY = "620902006001", "620902"
FRIDAY_10, FRIDAY_23 = datetime(2026, 11, 20, 2, 0, tzinfo=UTC), datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
MAKEUP = datetime(2026, 2, 14, 2, 0, tzinfo=UTC)
CALENDAR = Calendar({MAKEUP.date(): DayKind.MAKEUP_WORKDAY}, {}, frozenset({2026}))


def unit(name="市政", **given) -> Unit:
    return Unit(
        **{
            "id": uuid4(),
            "name": name,
            "kind": UnitKind.DEPARTMENT,
            "area_code": COUNTY,
            "successor_id": None,
            "is_ended": False,
            **given,
        }
    )


def rule(to: Unit, *, position=1, area_code=COUNTY, condition=None, **asks) -> Rule:
    written = Condition(**asks).written() if condition is None else condition
    return Rule(
        UUID(int=position), area_code, position, f"规则{position}", 7, to.id, written, is_failing=False
    )


def propose(rules, units, *, calendar=CALENDAR, lineage=None, **given):
    facts = {
        "area_code": COMMUNITY,
        "category_id": "road_damage",
        "group": "road",
        "handled_by": "nobody",
        "urgency": Urgency.NORMAL,
        "answers": {},
        "at": FRIDAY_10,
        **given,
    }
    return Routing(rules, units, calendar=calendar, lineage=lineage or Lineage()).propose(Facts(**facts))


def test_the_first_that_fits_wins_and_says_so():
    first, second = unit("一"), unit("二")

    found = propose([rule(second, position=2), rule(first, position=1)], [first, second])

    assert (found.unit, found.rule.position) == (first, 1)
    written = found.written(FRIDAY_10)
    assert (written["rule_id"], written["rule_version"], written["why"]) == (str(UUID(int=1)), 7, "rule")
    assert [each["outcome"] for each in written["tried"]] == ["fired"]


def test_a_narrower_area_goes_first():
    near, far = unit("社区"), unit("县")

    rules = [rule(far, position=1), rule(near, position=9, area_code=COMMUNITY)]

    assert propose(rules, [near, far]).unit == near
    assert propose(rules, [near, far], area_code="620902006002").unit == far
    assert propose(rules, [near, far], area_code="620921001001").unit is None


@pytest.mark.parametrize(
    ("asks", "fits", "outcome"),
    [
        ({"categories": ("road_damage",)}, {}, "category"),
        ({"groups": ("road",)}, {}, "category"),
        ({"categories": ("x",), "groups": ("road",)}, {}, "category"),
        ({"urgencies": (Urgency.NORMAL,)}, {}, "urgency"),
        ({"starts": time(8), "ends": time(18)}, {}, "time"),
        ({"starts": time(22), "ends": time(6)}, {"at": FRIDAY_23}, "time"),
        ({"starts": time(9)}, {}, "time"),
        ({"days": Days.WORKING}, {"at": MAKEUP}, "days"),
        ({"answers": {"where": "carriageway"}}, {"answers": {"where": "carriageway"}}, "answer where"),
    ],
)
def test_each_part_of_a_condition_counts(asks, fits, outcome):
    to = unit()
    other = {
        "category_id": "y", "group": "y", "urgency": Urgency.URGENT, "answers": {"where": "pavement"},
        "at": datetime(2026, 11, 21, 12 if asks.get("starts") == time(22) else 20, tzinfo=UTC),
    }  # fmt: skip

    assert propose([rule(to, **asks)], [to], **fits).unit == to
    missed = propose([rule(to, **asks)], [to], **other)
    assert (missed.unit, [each.outcome for each in missed.tried]) == (None, [outcome])


def test_days_off_follow_the_official_calendar():
    to = unit()

    assert propose([rule(to, days=Days.OFF)], [to], at=datetime(2026, 11, 21, 2, tzinfo=UTC)).unit == to
    assert propose([rule(to, days=Days.OFF)], [to], at=MAKEUP).unit is None


def test_a_rule_of_an_ended_unit_goes_to_its_successor():
    heir = unit("合并后")
    middle = unit("改名", successor_id=heir.id, is_ended=True)
    old = unit("旧", successor_id=middle.id, is_ended=True)

    found = propose([rule(old)], [old, middle, heir])

    assert (found.unit, found.why) == (heir, "rule, its unit's successor")


@pytest.mark.parametrize("broken", [{"condition": {}}, {"condition": {"categories": 7}}])
def test_a_broken_rule_is_told_and_the_next_is_tried(broken):
    gone, good = unit("撤销", is_ended=True), unit("好")
    rules = [rule(good, position=1, **broken), rule(gone, position=2), rule(good, position=3)]

    found = propose(rules, [gone, good])

    assert (found.unit, found.rule.position) == (good, 3)
    assert [each.is_error for each in found.tried] == [True, True, False]


def test_two_units_that_follow_one_another_end_the_search():
    one, other = unit(is_ended=True), unit(is_ended=True)
    units = [
        Unit(one.id, "", one.kind, COUNTY, other.id, is_ended=True),
        Unit(other.id, "", one.kind, COUNTY, one.id, is_ended=True),
    ]

    found = propose([rule(one)], units)

    assert found.unit is None


def test_without_a_property_firm_the_community_is_proposed():
    firm = unit("物业", kind=UnitKind.PROPERTY_COMPANY, area_code=COMMUNITY)
    community = unit("社区", kind=UnitKind.COMMUNITY, area_code=COMMUNITY)
    elsewhere = unit("别处物业", kind=UnitKind.PROPERTY_COMPANY, area_code=COUNTY)
    asked = {"handled_by": "property_company"}

    assert propose([], [firm, community], **asked).unit == firm
    assert propose([], [elsewhere, community], **asked).unit == community
    assert propose([], [firm, unit("二", kind=firm.kind, area_code=COMMUNITY), community], **asked).unit == (
        community
    )


def test_rules_follow_a_renumbered_county():
    to = unit()
    lineage = Lineage([("620922", "620902"), ("620999", "620922")])

    assert propose([rule(to, area_code="620999")], [to], lineage=lineage).unit == to


def test_a_prefecture_without_counties_routes_by_its_own_rules():
    to = unit(area_code="6202")

    assert propose([rule(to, area_code="6202")], [to], area_code="620201001001").unit == to


def test_a_zone_is_not_routed_by_the_rules_of_a_county():
    to = unit(area_code="620102")

    assert propose([rule(to, area_code="620102")], [to], area_code="620171401001").unit is None


def test_a_condition_is_stored_and_read_back():
    given = Condition(
        categories=("a",), groups=("b",), urgencies=(Urgency.URGENT,), days=Days.OFF,
        starts=time(22), ends=time(6), answers={"q": 1},
    )  # fmt: skip

    assert read_condition(given.written()) == given


def test_what_is_told_of_many_rules_is_bounded():
    to = unit()
    rules = [rule(to, position=n, categories=("x",)) for n in range(1, 200)]

    written = propose(rules, [to]).written(FRIDAY_10)

    assert len(written["tried"]) == 20


def invented(dice: random.Random, number: int, units: list[Unit]) -> Rule:
    """A rule of any area that asks for anything, now and then one that cannot be read."""
    asks = {
        "categories": tuple(dice.sample(["a", "b", "c"], dice.choice([0, 0, 1, 2]))),
        "groups": tuple(dice.sample(["g", "h"], dice.choice([0, 0, 1]))),
        "urgencies": tuple(dice.sample(list(Urgency), dice.choice([0, 1]))),
        "starts": dice.choice([None, time(9)]),
        "answers": dice.choice([{}, {"q": 1}]),
    }
    broken = {"condition": {}} if dice.random() < 0.1 else {}
    area = dice.choice([COMMUNITY, COUNTY, "62"])
    return rule(dice.choice(units), position=number, area_code=area, **asks, **broken)


def one_by_one(rules: list[Rule], facts: Facts) -> list[tuple[int, str]]:
    """Ask every rule in turn and return what became of each, up to the one that fires."""
    outcomes = []
    for each in sorted(rules, key=lambda each: (-len(each.area_code), each.position)):
        if not each.condition:
            outcome = "error"
        else:
            asked = read_condition(each.condition)
            named = facts.category_id in asked.categories or facts.group in asked.groups
            is_of = not (asked.categories or asked.groups) or named
            is_now = asked.starts is None or facts.at == FRIDAY_10
            fits = {
                "category": is_of, "urgency": not asked.urgencies or facts.urgency in asked.urgencies,
                "time": is_now, "answer q": not asked.answers or facts.answers == {"q": 1},
            }  # fmt: skip
            outcome = next((name for name, met in fits.items() if not met), "fired")
        outcomes.append((each.position, outcome))
        if outcome == "fired":
            break
    return outcomes


def test_rules_put_by_category_say_what_rules_asked_one_by_one_say():
    dice = random.Random(5)
    units = [unit(str(number)) for number in range(3)]
    for _ in range(20):
        rules = [invented(dice, number, units) for number in range(1, 15)]
        routing = Routing(rules, units, calendar=CALENDAR, lineage=Lineage())
        for _ in range(20):
            at = dice.choice([FRIDAY_10, datetime(2026, 11, 20, 0, tzinfo=UTC)])
            answers = dice.choice([{}, {"q": 1}])
            kind, group = dice.choice("abcd"), dice.choice("ghi")
            facts = Facts(COMMUNITY, kind, group, "nobody", dice.choice(list(Urgency)), answers, at)

            found = routing.propose(facts)

            told = [(each.rule.position, "error" if each.is_error else each.outcome) for each in found.tried]
            assert told == one_by_one(rules, facts)
            fired = next((each for each in rules if found.rule is each), None)
            assert (found.unit and found.unit.id) == (fired and fired.unit_id)
