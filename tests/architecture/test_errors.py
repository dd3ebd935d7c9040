"""Every refusal has a code of its own and a sentence in both languages that can be filled in."""

import importlib
import pkgutil
import re
from string import Formatter

import pytest

import app
from app.core.errors import AppError

for module in pkgutil.walk_packages(app.__path__, "app."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)


def all_errors(of: type[AppError] = AppError) -> list[type[AppError]]:
    return [each for child in of.__subclasses__() for each in (child, *all_errors(child))]


ERRORS = sorted(
    {error for error in all_errors() if error.__module__.startswith("app.")},
    key=lambda e: f"{e.__module__}.{e.__qualname__}",
)


def test_codes_are_unique():
    codes = [error.code for error in ERRORS if "code" in vars(error)]  # a subclass may share its parent's

    assert sorted({code for code in codes if codes.count(code) > 1}) == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.__module__}.{error.__qualname__}")
def test_an_error_is_complete(error: type[AppError]):
    assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z_]+)?", error.code)
    assert 300 <= error.status < 600
    assert re.search(r"[\u4e00-\u9fff]", error.zh) or facts_of(error.zh)
    assert not re.search(r"[\u4e00-\u9fff]", error.en)
    assert error.__doc__


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{error.__module__}.{error.__qualname__}")
def test_both_sentences_ask_for_the_same_facts(error: type[AppError]):
    assert facts_of(error.zh) == facts_of(error.en)


def facts_of(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}
