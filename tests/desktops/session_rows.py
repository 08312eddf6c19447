"""The rows that CI tries too: real logind, PAM and KWin, and nothing of a desktop around them. Halo is what was built
for the tests."""

import pathlib
import shutil
import subprocess
import time

import rows
from lab import Lab
from outcome import NotHalo, Wrong
from table import Table
from waiting import until

TABLE = Table()
row = TABLE.row
TRIED_ON = Lab

PROGRAMS = pathlib.Path("/usr/libexec/halo")


@row("programs", needed=True)
def programs(lab):
    PROGRAMS.mkdir()
    for program in pathlib.Path("/lab/halo").glob("halo*"):
        shutil.copy(program, PROGRAMS)
    pathlib.Path("/usr/bin/halo").symlink_to(PROGRAMS / "halo")
    return lab.ada.halo("--version")


TABLE.rows.append(("log-in", rows.log_in))
TABLE.needed.append(rows.log_in)
TABLE.rows.append(("locked and unlocked", rows.lock))
TABLE.rows.append(("idle, and back by input", rows.idle))
TABLE.rows.append(("suspend", rows.suspend))


@row("another console in front")
def another_console(lab):
    """Whoever switches to a console of their own, or lets somebody else log in there, has left this session."""
    subprocess.run(["chvt", "5"], check=True)
    try:
        lab.ada.expect("away", 8, "lock")
    finally:
        subprocess.run(["chvt", lab.greeter.console], check=True)
    lab.screen.nudge()
    lab.ada.expect("available", 8)
    return "Away while console 5 is in front; Available after the way back and input"


TABLE.rows.append(("log-out", rows.log_out))
TABLE.rows.append(("log-in again", rows.log_in_again))
