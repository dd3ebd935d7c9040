"""HTTP: parse, ask the services, answer. The routers, in reading order."""

from fastapi import APIRouter

from app.api.accounts.consents import router as consents
from app.api.accounts.grants import router as grants
from app.api.accounts.oversight import router as oversight
from app.api.accounts.routes import router as accounts
from app.api.activities.outside import router as activities_outside
from app.api.activities.routes import router as activities
from app.api.activities.sign_ups import router as sign_ups
from app.api.areas.calendar import router as calendar
from app.api.areas.routes import router as areas
from app.api.attendance.routes import router as attendance
from app.api.broadcasts.routes import router as broadcasts
from app.api.categories.routes import router as categories
from app.api.certificates.routes import router as certificates
from app.api.checkins.doors import router as doors
from app.api.checkins.numbers import router as numbers
from app.api.checkins.routes import router as checkins
from app.api.duty.emergencies import router as emergencies
from app.api.duty.roster import router as roster
from app.api.duty.warnings import router as hazard_warnings
from app.api.ledger.imports import router as ledger_imports
from app.api.ledger.lists import router as ledger_lists
from app.api.ledger.remarks import router as ledger_remarks
from app.api.ledger.routes import router as ledger
from app.api.live import router as live
from app.api.notifications.deliveries import router as held_pushes
from app.api.notifications.mailbox import router as own_mailbox
from app.api.notifications.own import router as own_devices
from app.api.notifications.receipts import router as push_receipts
from app.api.notifications.routes import router as notifications
from app.api.notifications.stream import router as inbox_stream
from app.api.notifications.wordings import router as wordings
from app.api.open311.keys import router as open311_keys
from app.api.open311.outward import router as open311_outward
from app.api.photos.routes import router as photos
from app.api.photos.tus import router as tus
from app.api.points.redeeming import router as redeeming
from app.api.points.routes import router as points
from app.api.reports.adrift import router as adrift
from app.api.reports.afterwards import router as afterwards
from app.api.reports.album import router as album
from app.api.reports.batches import router as batches
from app.api.reports.board import router as case_board
from app.api.reports.checking import router as checking
from app.api.reports.contractors import router as contractors
from app.api.reports.desk import router as desk
from app.api.reports.duplicates import router as duplicates
from app.api.reports.export import router as case_export
from app.api.reports.extensions import router as extensions
from app.api.reports.glances import router as glances
from app.api.reports.handling import router as handling
from app.api.reports.identity import router as identity
from app.api.reports.incoming import router as incoming
from app.api.reports.nearby import router as reports_nearby
from app.api.reports.notes import router as notes
from app.api.reports.phones import router as phones
from app.api.reports.placing import router as placing
from app.api.reports.public import router as public_reports
from app.api.reports.publishing import router as publishing
from app.api.reports.routes import router as reports
from app.api.reports.rules import router as rules
from app.api.reports.taken_out import router as taken_out
from app.api.reports.tasks import router as tasks
from app.api.reports.triage import router as triage
from app.api.reports.trust import router as trust
from app.api.robots.routes import router as group_robots
from app.api.screens.routes import router as screens
from app.api.stations.conditions import router as conditions
from app.api.stations.exchange import router as exchange
from app.api.stations.nearby import router as nearby
from app.api.stations.pictures import router as station_pictures
from app.api.stations.routes import router as stations
from app.api.statistics.routes import router as statistics
from app.api.statistics.volunteering import router as volunteering_figures
from app.api.teams.appointments import router as appointments
from app.api.teams.organisations import router as volunteer_organisations
from app.api.teams.reporting import router as dual_reporting
from app.api.teams.routes import router as teams
from app.api.units.routes import router as units
from app.api.weather.feeds import router as weather_feeds
from app.api.weather.routes import router as weather
from app.api.webhooks.routes import router as webhooks

# Before a route with an id in its path comes the one with a word in its place.
# They are looked through in this order for each request: what riders send by the thousand comes first.
ROUTERS: tuple[APIRouter, ...] = (
    reports,
    glances,
    calendar,
    areas,
    accounts,
    grants,
    consents,
    oversight,
    nearby,
    stations,
    conditions,
    exchange,
    station_pictures,
    numbers,
    checkins,
    photos,
    doors,
    tus,
    screens,
    categories,
    units,
    rules,
    extensions,
    phones,
    placing,
    public_reports,
    incoming,
    adrift,
    taken_out,
    publishing,
    reports_nearby,
    album,
    triage,
    handling,
    trust,
    case_export,
    identity,
    tasks,
    contractors,
    checking,
    duplicates,
    afterwards,
    desk,
    notes,
    batches,
    roster,
    emergencies,
    hazard_warnings,
    attendance,
    ledger,
    ledger_remarks,
    ledger_imports,
    ledger_lists,
    certificates,
    points,
    redeeming,
    statistics,
    volunteering_figures,
    notifications,
    own_devices,
    own_mailbox,
    push_receipts,
    held_pushes,
    wordings,
    broadcasts,
    open311_keys,
    open311_outward,
    webhooks,
    group_robots,
    weather,
    weather_feeds,
    volunteer_organisations,
    dual_reporting,
    teams,
    appointments,
    sign_ups,
    activities_outside,
    activities,
    inbox_stream,
    live,
    case_board,
)
