"""Input types take what they promise and nothing that only looks like it."""

import pytest
from pydantic import TypeAdapter, ValidationError

from app.api.schemas import AreaCodeText


@pytest.mark.parametrize("code", ["62", "6209", "620902", "620902006", "620902006001"])
def test_an_area_code_has_the_digits_of_a_level(code):
    assert TypeAdapter(AreaCodeText).validate_python(code) == code


@pytest.mark.parametrize("bad", ["", "620", "6209020060011", "٦٢", "６２０９０２", "62\n", " 62", "6a"])
def test_other_digits_and_other_lengths_are_no_area_code(bad):
    with pytest.raises(ValidationError):
        TypeAdapter(AreaCodeText).validate_python(bad)
