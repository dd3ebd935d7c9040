"""Officers have group chats of staff told what is to be done."""

from uuid import UUID

from fastapi import APIRouter

from app.api.deps import Now, Officer, ReadDep, RuntimeDep, SessionDep
from app.api.errors import problems
from app.api.robots.schemas import RobotIn, RobotList, RobotOut
from app.core.errors import NotFound
from app.services import robots
from app.services.robots import NewRobot, RobotAddressRefused, RobotVendorMissing

router = APIRouter(prefix="/group-robots", tags=["robots"])


@router.get("")
async def list_group_robots(by: Officer, session: ReadDep) -> RobotList:
    """List the robots of the caller's districts; their keys are never shown again."""
    found = await robots.list_robots(session, by=by)
    return RobotList(items=[RobotOut.model_validate(each) for each in found])


@router.post("", status_code=201, responses=problems(NotFound, RobotAddressRefused, RobotVendorMissing))
async def create_group_robot(
    given: RobotIn, by: Officer, runtime: RuntimeDep, session: SessionDep, now: Now
) -> RobotOut:
    """Have a group chat told, in words that name nobody and with the case's number.

    With ``unit_id`` it hears of the cases that are with this unit, else of the area's. More than 20 messages
    a minute are put together.
    """
    new = NewRobot(
        given.vendor, given.name, given.address, given.secret, given.facts, given.area_code, given.unit_id
    )
    robot = await robots.create(
        session, new, bases=runtime.settings.robot_bases, vault=runtime.vault, by=by, now=now
    )
    return RobotOut.model_validate(robot)


@router.post("/{robot_id:uuid}/enable", responses=problems(NotFound))
async def enable_group_robot(robot_id: UUID, by: Officer, session: SessionDep) -> RobotOut:
    """Have a robot speak again that was disabled after days of failures."""
    return RobotOut.model_validate(await robots.enable(session, robot_id, by=by))


@router.delete("/{robot_id:uuid}", status_code=204, responses=problems(NotFound))
async def end_group_robot(robot_id: UUID, by: Officer, session: SessionDep, now: Now) -> None:
    """Tell a group no more."""
    await robots.end(session, robot_id, by=by, now=now)
