"""Invented data for a demonstration, marked as invented.

One prefecture as the press describes it (平凉 counts some five hundred sites) with the three other seed
districts: 500 stations on real community codes, at positions drawn by lot around the county seats; a grid
plan for 麦积; a month of visits at 12.4 a station and day; an account for every role.
"""

from app.services.demo.loading import Loaded, load
from app.services.demo.people import SIGN_INS, SignIn

__all__ = ["SIGN_INS", "Loaded", "SignIn", "load"]
