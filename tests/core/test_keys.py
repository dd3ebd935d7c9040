"""Keys: the public half of a P-256 key as browsers take it."""

import pytest

from app.core.keys import public_point

# The sender's keys of RFC 8291, appendix A.
PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
PUBLIC = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"


@pytest.mark.parametrize("given", [PRIVATE, f"{PRIVATE}="])
def test_the_public_half_is_that_of_the_standards_example(given):
    assert public_point(given) == PUBLIC


@pytest.mark.parametrize("given", ["", "AAAA" * 11])
def test_what_is_no_key_is_refused(given):
    with pytest.raises(ValueError, match=r".+"):
        public_point(given)
