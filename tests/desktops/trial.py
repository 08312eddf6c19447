"""Tries Halo's packages on one desktop; run as root in its booted system by `cargo xtask desktops`.

    trial.py NAME

prints a line a row:

    ok    WHAT: HOW
    WRONG WHAT: WHY
    none  WHAT: WHY IT CAN'T BE TRIED HERE
    theirs WHAT: WHICH PROGRAM THAT IS NOT HALO FAILED, AND HOW
"""

import importlib
import json
import pathlib
import subprocess
import sys
import traceback

from lab import RESULTS
from outcome import NotHalo, Untried, Wrong

SCRIPTS = pathlib.Path(__file__).parent


def main():
    name = sys.argv[1]
    desktop = json.loads((SCRIPTS / f"{name}.json").read_text())
    rows = importlib.import_module(desktop.get("rows", "rows"))
    # Whose packages it has may be a desktop of its own, and needs the same.
    for made_ready in dict.fromkeys([desktop.get("system", name), name]):
        prepare(made_ready)
    lab = rows.TRIED_ON(desktop)
    whole = True
    for what, function in rows.TABLE.rows:
        try:
            word, how = "ok", function(lab)
        except Wrong as wrong:
            word, how = "WRONG", str(wrong)
        except NotHalo as failure:
            word, how = "theirs", str(failure)
        except Untried as reason:
            word, how = "none", str(reason)
        except Exception as error:  # A mistake of the trial itself must not hide the rows after it.
            traceback.print_exc()
            word, how = "WRONG", f"the trial failed: {type(error).__name__}: {error}"
        if word in ("WRONG", "theirs"):
            lab.picture_of_trouble(what)
        print(f"{word:<5} {what}: {' '.join(how.split())}", flush=True)
        if word != "ok" and function in rows.TABLE.needed:
            whole = False
            break
        try:
            lab.tidy()
        except Exception:  # What is left open shows in the next row.
            traceback.print_exc()
    save_logs(lab)
    sys.exit(0 if whole else 1)


def prepare(name):
    """Waits for the boot, and does what this desktop needs before the log-in."""
    subprocess.run(["systemctl", "is-system-running", "--wait"], capture_output=True, timeout=60)
    preparation = SCRIPTS / f"{name}.sh"
    if preparation.exists():
        subprocess.run(["sh", str(preparation)], check=True)


def save_logs(lab):
    """What to look at when a row is wrong."""
    journal = subprocess.run(["journalctl", "--boot", "--no-pager"], capture_output=True, text=True)
    (RESULTS / "journal.txt").write_text(journal.stdout)
    # Of twenty people, the first few tell as much as all.
    for person in lab.people[:3]:
        (RESULTS / f"doctor-{person.name}.txt").write_text(person.halo("doctor"))
    logs = [*pathlib.Path("/home/ada").glob(".local/*/halo/*.log"), *pathlib.Path("/var/log/lightdm").glob("*.log")]
    logs += [*pathlib.Path("/var/log").glob("Xorg.*.log"), pathlib.Path("/home/ada/.xsession-errors")]
    for log in filter(pathlib.Path.exists, logs):
        (RESULTS / f"{log.stem.lstrip('.')}.log").write_text(log.read_text(errors="replace"))


main()
