"""HTTP: parse, ask the services, answer. The routers, in reading order."""

from fastapi import APIRouter

from app.api.accounts.grants import router as grants
from app.api.accounts.routes import router as accounts

ROUTERS: tuple[APIRouter, ...] = (accounts, grants)
