"""HTTP: parse, ask the services, answer. The routers, in reading order."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
