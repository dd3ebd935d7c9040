"""Numbers of people in free text, however people write them; and what only looks like one."""

import pytest

from app.services.reports.masking import masked


@pytest.mark.parametrize(
    "said",
    [
        "13812345678",
        "+86 138-1234-5678",
        "１３８１２３４５６７８",
        "1381234567 8",
        "139.8765.4321",
        "139_8765_4321",
        "(139)87654321",
        "139——8765——4321",
        "0937-2612345",
        "010 8888 9999",
        "620503199001011234",
        "62050319900101123X",
        "620503 1990 0101 1234",
        "a.b+c@example.com",
    ],
)
def test_a_number_of_somebody_is_covered(said):
    covered = masked(f"找老王{said},谢谢")

    assert covered.replace("(", "") == "找老王***,谢谢"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "井盖丢了,在 12 号楼和 14 号楼之间",
        "2026-11-22 14:30:15 拍的",
        "NF102539",
        "12345 和 110",
        "社区代码 620902006001",
        "单号 99138123456789",
        "电 杆 0937",
    ],
)
def test_what_is_no_number_of_a_person_stays(said):
    assert masked(said) == said
