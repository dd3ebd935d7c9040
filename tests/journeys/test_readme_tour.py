"""The README's tour, run line by line against the served demo, so that it cannot rot."""

import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from app.core.migrate import ROOT
from tests.operations.served import Served


def blocks_of(name: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)


BLOCKS = blocks_of("README.md")
ASKED = "CODE=000000  # from the server's terminal\n"


def test_both_readmes_name_the_two_commands():
    for name in ("README.md", "README.zh-CN.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "    make run " in text
        assert "    make test " in text


def test_the_tour_is_the_same_in_both_languages():
    assert blocks_of("README.zh-CN.md") == BLOCKS


@pytest.mark.timeout(400)
@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour is told with curl")
def test_the_tour_works_as_it_stands(tmp_path: Path):
    with Served(tmp_path, NUANFENG_DEMO_DATA="true") as served:
        served.wait_until_ready(patience_s=240)
        shell = Shell(tmp_path, served)
        check([shell.run(block) for block in BLOCKS], tmp_path)


def check(told: list[str], folder: Path) -> None:
    """Look whether the tour told what it promises."""
    nearest, _, empty, checked_in, closed, reopened, shared, number, _, resolved, ended, *rest = told
    pushed, noticed, warned, booked, certified, pointed = rest
    assert "distance_m" in nearest
    assert '"inside"' in empty
    assert inside(checked_in) == inside(empty) + 1
    assert "'is_open': False" in closed
    assert "True" in reopened
    assert "示例" in shared
    assert (folder / "stations.xlsx").stat().st_size > 1000
    assert number.startswith("NF")
    assert resolved.split()[-1] == "resolved"
    assert "fixed" in ended
    assert "'alert': '您的上报有新进展'" in pushed
    assert "'extras': {'id':" in pushed
    assert noticed.split("}")[1].split()[:2] == ["draft", "scheduled"]
    assert warned.split() == ["orange"]
    assert booked.split()[0] == "booked"
    assert "SUMMARY" in booked
    taken, minutes, name, paper = certified.split(None, 3)
    assert (taken, name) == ("200", "阿依古丽·买买提")
    assert 99 <= int(minutes) <= 101
    assert '"initials":"阿＊·买＊"' in paper
    assert '"status":"valid"' in paper
    assert (folder / "certificate.pdf").read_bytes().startswith(b"%PDF")
    assert pointed.split()[:2] == ["5", "10"]
    assert "balances" in pointed
    assert re.findall(r"'move': '(\w+)'", ended) == [
        "submit",
        "accept",
        "dispatch",
        "take_on",
        "resolve",
        "confirm",
        "close",
    ]


def inside(told: str) -> int:
    return int(re.findall(r'"inside": ?(\d+)', told)[-1])


class Shell:
    """One bash that goes through the tour; it reads each code where a person would: in the terminal."""

    def __init__(self, folder: Path, served: Served) -> None:
        self._folder, self._served = folder, served
        self._seen = 0
        self._state = folder / "state.sh"
        self._state.write_text("")

    def run(self, block: str) -> str:
        said = ""
        block = block.replace("http://127.0.0.1:8000", self._served.url)
        while ASKED in block:
            before, block = block.split(ASKED, 1)
            said += self._bash(before)
            block = f"CODE={self._code()}\n" + block
        return said + self._bash(block)

    def _bash(self, lines: str) -> str:
        told = "API DEVICE TABLET DESK VAN CODE RIDER MANAGER CLERK CREW STATION VISIT REPORT UNIT NOW AFTER"
        told += " CLOSURE NOTICE AUDIENCE TOLD"
        save = f"{{ declare -p {told} 2>/dev/null || true; declare -f; }} >{self._state}"
        script = f"set -euo pipefail\n. {self._state}\n{lines}\n{save}"
        done = subprocess.run(
            ["bash", "-c", script], cwd=self._folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"
        assert "urn:nuanfeng:problem" not in done.stdout, f"{lines}\n{done.stdout}"
        return done.stdout

    def _code(self) -> str:
        for _ in range(100):
            codes = re.findall(r"SMS \+86\d+: (\d+)", self._served.said())
            if len(codes) > self._seen:
                self._seen += 1
                return codes[-1]
            time.sleep(0.1)
        raise AssertionError("no code was printed")
