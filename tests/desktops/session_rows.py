"""The rows that CI tries too: real logind, PAM and KWin, and nothing of a desktop around them. Halo is what was built
for the tests."""

import pathlib
import shutil

import rows
from lab import Lab
from table import Table

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


row("log-in", needed=True)(rows.log_in)
row("locked and unlocked")(rows.lock)
row("idle, and back by input")(rows.idle)
row("suspend")(rows.suspend)
row("another console in front")(rows.another_console)
row("log-out")(rows.log_out)
row("log-in again")(rows.log_in_again)
