"""The rows of a host on which many people have their desktops, side by side, each by a client somewhere else."""

import pathlib
import pwd
import re
import subprocess
import time

import rows
from clients import RDP, VNC
from outcome import NotHalo, Wrong
from person import Person
from table import Table
from waiting import until

TABLE = Table()
row = TABLE.row
# Longer than the trial takes.
LONG_IDLE = "1h"


class Host:
    def __init__(self, desktop):
        names = sorted(entry.pw_name for entry in pwd.getpwall() if 1000 <= entry.pw_uid < 2000)
        self.people = [Person(name, "xfce4-session") for name in names]
        self.ada = self.people[0]
        self.by_rdp, self.by_vnc = desktop["by_rdp"], desktop["by_vnc"]
        kinds = [RDP] * self.by_rdp + [VNC] * self.by_vnc
        first = desktop["first_screen"]
        self.clients = [kind(person, first + n) for n, (kind, person) in enumerate(zip(kinds, self.people))]
        self.turns = 0

    def one_of_each(self, does):
        """Has a person by RDP and one by VNC do something, not the same ones in every row; what others show must stay."""
        said = []
        two = (self.clients[self.turns], self.clients[self.by_rdp + self.turns])
        self.turns += 1
        for client in two:
            others = self.others(client)
            words = does(client)
            if self.others(client) != others:
                raise Wrong(f"others changed: {others} → {self.others(client)}")
            said.append(f"{client.how}: {words}")
        return "; ".join(said)

    def others(self, but):
        """What everybody else shows."""
        return {client.person.name: (client.person.status() or {}).get("status") for client in self.clients if client is not but}

    def tidy(self):
        pass

    def picture_of_trouble(self, what):
        for client in self.clients:
            client.screen.picture(f"wrong-{re.sub(r'[^a-z0-9]+', '-', what.lower())}-{client.person.name}")


TRIED_ON = Host


@row("installed", needed=True)
def installed(host):
    return rows.installed(host)


@row("everybody logs in", needed=True)
def log_in(host):
    began = time.monotonic()
    for client in host.clients:
        come(client)
    for client in (host.clients[0], host.clients[-1]):
        client.screen.picture(f"desktop-{client.person.name}")
    return f"{host.by_rdp} by RDP, {host.by_vnc} by VNC, each Available; {time.monotonic() - began:.0f} s for all"


def come(client):
    """Logs in and is there; from then on, only what a row does makes anybody Away."""
    client.open()
    client.connect()
    if not until(60, client.person.environment):
        raise NotHalo(f"no desktop for {client.person.name} by {client.how}")
    if not until(30, lambda: client.person.processes("halo")):
        raise Wrong(f"no process halo for {client.person.name} 30 s after the desktop stands")
    time.sleep(2)
    client.act()
    client.person.expect("available", 10)
    client.person.halo("config", "idle.after", LONG_IDLE)


@row("a connection is cut, and is there again")
def cut(host):
    def does(client):
        client.cut()
        began = time.monotonic()
        client.person.expect("away", 4, "lock")
        late = time.monotonic() - began
        client.connect()
        time.sleep(6)
        client.expect_still_away("to be connected counts as to be there")
        client.act()
        client.person.expect("available", 5)
        return f"Away {late:.1f} s after the cut, still when connected, Available with the first input"

    return host.one_of_each(does)


@row("idle, and back by input")
def idle(host):
    def does(client):
        client.person.halo("config", "idle.after", "10s")
        client.act()
        began = time.monotonic()
        client.person.expect("away", 20, "idle")
        late = time.monotonic() - began - 10
        client.act()
        client.person.expect("available", 5)
        client.person.halo("config", "idle.after", LONG_IDLE)
        if late > 3 or late < -1:
            raise Wrong(f"{client.how}: Away came {late:.1f} s after the ten seconds")
        return f"Away {late:.1f} s late"

    return host.one_of_each(does)


@row("locked and unlocked (XScreenSaver)")
def lock(host):
    def does(client):
        if not client.person.processes("xscreensaver"):
            raise NotHalo(f"XScreenSaver does not run for {client.person.name}")
        client.person.run("xscreensaver-command", "-lock")
        began = time.monotonic()
        client.person.expect("away", 8, "lock")
        late = time.monotonic() - began
        client.screen.nudge()
        time.sleep(5)
        client.expect_still_away("input while it is locked ended Away")
        unlock(client)
        time.sleep(3)
        client.act()
        client.person.expect("available", 8)
        return f"Away {late:.1f} s after the order, Available after the password"

    return host.one_of_each(does)


def unlock(client):
    # A letter is lost on the way to it now and then; then it says so, and asks again.
    for _ in range(3):
        client.screen.enter(client.person.name)
        if until(12, lambda: not is_locked(client.person)):
            return
        client.screen.nudge()
        time.sleep(3)
    raise NotHalo(f"{client.how}: XScreenSaver does not take the password")


def is_locked(person):
    return "locked" in person.run("xscreensaver-command", "-time")[1]


@row("a session ends")
def log_out(host):
    def does(client):
        client.person.run("xfce4-session-logout", "--logout", "--fast")
        if not until(30, lambda: not client.person.processes("xfce4-session")):
            raise NotHalo(f"{client.how}: the desktop does not end")
        if not until(20, lambda: not client.person.processes("halo")):
            raise Wrong(f"{client.how}: 20 s after the desktop, Halo still runs")
        client.cut()
        come(client)
        return "ended with it, started with the next"

    return host.one_of_each(does)


@row("what it weighs")
def weight(host):
    halos = [process for person in host.people for process in person.processes("halo")]
    if len(halos) != len(host.people):
        raise Wrong(f"{len(halos)} processes of Halo for {len(host.people)} people")
    time.sleep(25)
    used = sum(map(processor_time, halos))
    time.sleep(60)
    used = sum(map(processor_time, halos)) - used
    memory = memory_of(halos)
    everything = memory_of(process for person in host.people for process in person.all_processes())
    return (
        f"{len(halos)} × Halo: {memory:.0f} MB (PSS), {memory / len(halos):.1f} each, and {used * 10} ms of the processor in 60 s; "
        f"all of the {len(host.people)} sessions: {everything:.0f} MB"
    )


@row("beside it, a browser with one empty page")
def browsers(host):
    """Two people's, of which what they share is told from what each of them costs."""
    two = [host.clients[2], host.clients[3]]
    for client in two:
        client.person.start("chromium", "--no-first-run", "--disable-gpu", "about:blank")
        if not until(60, lambda: len(client.person.processes("chromium")) > 3):
            raise NotHalo("chromium does not start")
    time.sleep(20)
    two[0].screen.picture("browser")
    processes = [process for client in two for process in client.person.processes("chromium")]
    own = memory_of(processes, "Private_Clean", "Private_Dirty")
    shared = memory_of(processes) - own
    for client in two:
        subprocess.run(["pkill", "-u", client.person.name, "-x", "chromium"])
    people = len(host.people)
    return f"{own / 2:.0f} MB each, and {shared:.0f} MB that all share: {people} would take {shared + people * own / 2:.0f} MB"


def memory_of(processes, *kinds):
    """In MB; without kinds, what is shared is parted among those who share it (PSS)."""
    total = 0
    for process in processes:
        try:
            rollup = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue  # It has ended since.
        for kind in kinds or ["Pss"]:
            total += int(re.search(rf"^{kind}:\s+(\d+)", rollup, re.M).group(1))
    return total / 1024


def processor_time(process):
    """In hundredths of a second, as the kernel counts."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
