"""Tables that spreadsheets read rightly and run nothing of."""

import pytest

from app.core.sheets import csv_table


@pytest.mark.parametrize(
    "said", ["=1+1", "＝1+1", "＋1", "－1", "＠x", "+1", "-1", "@x", "\t=1", "\n=1", "'=1"]
)
def test_nothing_that_a_stranger_wrote_is_a_formula(said):
    assert f"'{said}" in csv_table(["a"], [[said]])
