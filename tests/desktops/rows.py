"""The rows of a desktop that a person sits at. What differs between desktops is in their descriptions (`NAME.json`)."""

import datetime
import json
import pathlib
import re
import subprocess
import time

import tray
from lab import Lab
from outcome import NotHalo, Untried, Wrong
from screen import is_green, is_red, spots
from table import Table
from waiting import until

TABLE = Table()
row = TABLE.row
TRIED_ON = Lab


@row("installed", needed=True)
def installed(lab):
    packages = sorted(map(str, pathlib.Path("/lab/halo").glob("*.deb")))
    done = subprocess.run(["dpkg", "--install", *packages], capture_output=True, text=True)
    if done.returncode != 0:
        raise Wrong(f"dpkg: {done.stdout[-300:]} {done.stderr[-300:]}")
    return f"{lab.ada.halo('--version')}, from {len(packages)} packages"


@row("log-in", needed=True)
def log_in(lab):
    lab.log_in()
    session = lab.ada.session()
    keys = ["--property=Type", "--property=Seat", "--property=Service", "--property=State"]
    said = subprocess.run(["loginctl", "show-session", session, *keys], capture_output=True, text=True).stdout
    lab.screen.picture("desktop")
    return f"{lab.greeter.how}: {', '.join(said.split())}"


@row("starts with the session", needed=True)
def autostart(lab):
    if not until(20, lambda: lab.ada.processes("halo")):
        raise Wrong("no process halo 20 s after the desktop stands")
    said = lab.ada.expect("available", 15)
    return f"{said['label']} ({said['reason']['source']})"


def find_ring(lab):
    """Where the ring is: what is green while Available and red while Busy."""
    # Icons of others come and go, and ours moves with them, perhaps between the two pictures.
    for _ in range(3):
        rings = rings_on_screen(lab)
        if len(rings) == 1:
            lab.ring = rings[0].centre
            return f"{rings[0].width}×{rings[0].height} pixels at {lab.ring[0]},{lab.ring[1]}, green to red"
    held = "knows" if tray.item(lab.ada) else "does not know"
    raise Wrong(f"{len(rings)} spots go from green to red with the status; the tray host {held} Halo's item")


def rings_on_screen(lab):
    lab.ada.halo("set", "available")
    time.sleep(1.5)
    green = lab.screen.picture("tray-available")
    lab.ada.halo("set", "busy")
    time.sleep(1.5)
    red = lab.screen.picture("tray-busy")
    lab.ada.halo("set", "available")
    points = [(x, y) for x, y, a, b in red.changed(green) if is_green(*a) and is_red(*b)]
    return [spot for spot in spots(points) if spot.is_icon()]


@row("ring in the tray")
def ring(lab):
    return find_ring(lab)


@row("tooltip")
def tooltip(lab):
    if "tooltip_not" in lab.desktop:
        raise Untried(lab.desktop["tooltip_not"])
    find_ring_again(lab)
    before = lab.screen.picture()
    x, y = lab.ring
    lab.screen.move(x - 3, y)
    lab.screen.move(x, y)
    time.sleep(2.5)
    changed = sum(1 for _ in lab.screen.picture("tooltip").changed(before))
    title, _ = tray.tooltip(lab.ada)
    if changed < 1000:
        raise Wrong(f"nothing appears over the ring ({changed} pixels changed); its item says “{title}”")
    return f"{changed} pixels appear; it says “{title}”"


def find_ring_again(lab):
    """Just before it is pointed at, for it may have moved."""
    try:
        find_ring(lab)
    except Wrong as wrong:
        raise Untried(f"there is no ring to point at: {wrong}") from None


@row("menu, and a click sets a status")
def menu(lab):
    find_ring_again(lab)
    before = lab.screen.picture()
    lab.screen.click(*lab.ring, lab.desktop["menu_button"])
    time.sleep(2)
    opened = lab.screen.picture("tray-menu")
    changed = list(opened.changed(before))
    if len(changed) < 20000:
        raise Wrong(f"no menu opens ({len(changed)} pixels changed)")
    opens = f"opens with button {lab.desktop['menu_button']}"
    if "menu_rings_not" in lab.desktop:
        for key in ("Down", "Down", "Return"):  # Available, Busy.
            lab.screen.key(key)
        said = lab.ada.expect("busy", 5, "manual")
        return f"{opens}; the keys for its second row set {said['label']}; {lab.desktop['menu_rings_not']}"
    # The rows of statuses have rings of their own; Busy has the first red one.
    reds = [spot for spot in spots([(x, y) for x, y, _, now in changed if is_red(*now)]) if spot.is_icon()]
    if not reds:
        raise Wrong("the menu opens, and shows no red ring for Busy")
    lab.screen.click(*reds[0].centre)
    said = lab.ada.expect("busy", 5, "manual")
    return f"{opens}; a click on Busy sets {said['label']}"


@row("ring after the panel's restart")
def ring_again(lab):
    if "restart_shell" not in lab.desktop:
        raise Untried(lab.desktop["restart_shell_not"])
    before = lab.ada.processes(lab.ada.shell)
    lab.ada.start(*lab.desktop["restart_shell"])
    if not until(20, lambda: (now := lab.ada.processes(lab.ada.shell)) and now != before):
        raise NotHalo(f"{lab.ada.shell} did not restart")
    if not until(15, lambda: tray.item(lab.ada)):
        raise Wrong("15 s after it, the tray host knows no item of Halo's")
    time.sleep(3)
    return f"{lab.ada.shell} anew; {find_ring(lab)}"


@row("digest after a meeting")
def digest(lab):
    """By what goes to the desktop's notification daemon, and by what appears on the screen."""
    lab.ada.halo("set", "meeting")
    said = lab.ada.halo("notify", "--kind", "chat", "--from", "Mara", "The Lund case")
    if said != "held":
        raise Wrong(f"a chat in a meeting is not held: {said}")
    with Notifications(lab) as notifications:
        before = lab.screen.picture()
        lab.ada.halo("set", "available")
        told = until(10, notifications.all)
        if not told:
            raise Wrong("no notification within 10 s of the meeting's end")
        time.sleep(1.5)
        changed = sum(1 for _ in lab.screen.picture("digest").changed(before))
    buttons = [label for key, label in zip(told[0]["actions"][::2], told[0]["actions"][1::2]) if key != "default"]
    if changed < 2000:
        raise NotHalo(f"the daemon took the notification and shows nothing ({changed} pixels changed)")
    return f"“{told[0]['summary']}”, buttons: {', '.join(buttons) or 'none'}; {changed} pixels appear"


class Notifications:
    """Listens to what is sent to the notification daemon."""

    def __init__(self, lab):
        self.file = pathlib.Path("/tmp/notifications")
        self.file.write_text("")
        self.file.chmod(0o666)
        match = "type='method_call',interface='org.freedesktop.Notifications',member='Notify'"
        self.listener = lab.ada.start("sh", "-c", f"exec busctl --user --json=short --match \"{match}\" monitor >{self.file}")

    def __enter__(self):
        time.sleep(1)
        return self

    def __exit__(self, *_):
        self.listener.terminate()
        self.listener.wait()

    def all(self):
        told = []
        for line in self.file.read_text().splitlines():
            data = json.loads(line)["payload"]["data"]
            told.append({"summary": data[3], "body": data[4], "actions": data[5]})
        return told


@row("locked and unlocked")
def lock(lab):
    if "lock_not" in lab.desktop:
        raise Untried(lab.desktop["lock_not"])
    before = time.time()
    lab.ada.run(*lab.desktop["lock"])
    said = lab.ada.expect("away", 8, "lock")
    late = time.time() - before
    if not until(10, lab.is_locked):
        raise NotHalo("the locker does not lock")
    time.sleep(2)
    locker = lab.locked_screen()
    locker.picture("locked")
    locker.nudge()
    time.sleep(2)
    if lab.status() != "away":
        raise Wrong("input while it is locked ended Away")
    lab.unlock()
    lab.screen.nudge()
    lab.ada.expect("available", 8)
    return f"Away {late:.1f} s after the order, through input there; Available after the password"


@row("idle, and back by input")
def idle(lab):
    lab.ada.halo("config", "idle.after", "10s")
    try:
        lab.screen.move(600, 300)
        left = time.time()
        said = lab.ada.expect("away", 20, "idle")
        late = time.time() - left - 10
        since = datetime.datetime.fromisoformat(said["since"].replace("Z", "+00:00")).timestamp()
        lab.screen.move(700, 350)
        back = time.time()
        lab.ada.expect("available", 5)
        took = time.time() - back
    finally:
        lab.ada.halo("config", "idle.after", "5m")
    if late > 3 or late < -1:
        raise Wrong(f"Away came {late:.1f} s after the ten seconds")
    return f"Away {late:.1f} s late, dated {since - left:+.1f} s from the last input; back {took:.1f} s after input"


@row("suspend")
def suspend(lab):
    code, said = lab.ada.run("systemctl", "suspend", seconds=30)
    if code != 0:
        raise NotHalo(f"systemctl suspend: {said}")
    # The command returns before the machine sleeps; what Halo says while it does is what others see.
    asleep = lab.ada.expect("away", 6)
    time.sleep(10)
    locked = until(3, lab.is_locked)
    if locked:
        lab.unlock()
    lab.screen.nudge()
    lab.ada.expect("available", 8)
    return f"Away ({asleep['reason']['source']}) asleep; Available after waking{', unlocking' if locked else ''} and input"


@row("another console in front")
def another_console(lab):
    """Whoever goes to a console of their own, or lets somebody else log in there, has left this session."""
    own = subprocess.run(["fgconsole"], capture_output=True, text=True).stdout.strip()
    subprocess.run(["chvt", "11"], check=True)
    try:
        lab.ada.expect("away", 8, "lock")
    finally:
        subprocess.run(["chvt", own], check=True)
    time.sleep(1)
    if lab.is_locked():
        lab.unlock()
    lab.screen.nudge()
    lab.ada.expect("available", 8)
    return "Away while console 11 is; Available after the way back and input"


@row("shortcut")
def shortcut(lab):
    if "shortcut_not" in lab.desktop:
        raise Untried(lab.desktop["shortcut_not"])
    lab.ada.halo("config", "shortcut", "Ctrl+Alt+H")
    time.sleep(2)
    lab.screen.key("ctrl+alt+h")
    window = until(12, lab.windows.find)
    lab.ada.halo("config", "shortcut", "none")
    if not window:
        raise Wrong("Ctrl+Alt+H opens no window within 12 s")
    lab.windows.close(window)
    return "Ctrl+Alt+H opens the window"


@row("window")
def window(lab):
    lab.ada.start("halo")
    found = until(15, lab.windows.find)
    if not found:
        raise Wrong("halo opens no window within 15 s")
    time.sleep(3)
    lab.screen.picture("window")
    name, title, icon = lab.windows.describe(found)
    if name != "halo" or not title.endswith("Halo"):
        raise Wrong(f"it is “{name}”, titled “{title}”")
    if not lab.windows.close(found):
        raise Wrong("closed, its program goes on")
    return f"“{name}”, titled “{title}”, icon: {icon}; closed, nothing of it runs on"


@row("a halo:// link")
def link(lab):
    code, said = lab.ada.run("xdg-open", "halo://set/busy", seconds=10)
    asked = until(10, lambda: next((words for words in tray.menu(lab.ada) if "?" in words), None))
    if lab.status() == "busy":
        raise Wrong("it sets a status unasked")
    if not asked and code == 0 and "?" in said:
        asked = said  # Without a tray, it is asked on the command line, in the window and by a notification.
    if not asked:
        raise Wrong(f"xdg-open halo://set/busy asks nothing; exit code {code}: {said}")
    window = until(5, lab.windows.find)
    lab.screen.picture("link")
    if window:
        lab.windows.close(window)
    return f"asks “{asked}”"


@row("at rest")
def rest(lab):
    process = lab.ada.processes("halo")
    if len(process) != 1:
        raise Wrong(f"{len(process)} processes of Halo")
    time.sleep(25)
    before = switches(process[0])
    time.sleep(40)
    woken = switches(process[0]) - before
    rollup = pathlib.Path(f"/proc/{process[0]}/smaps_rollup").read_text()
    memory = int(re.search(r"^Pss:\s+(\d+)", rollup, re.M).group(1))
    threads = len(list(pathlib.Path(f"/proc/{process[0]}/task").iterdir()))
    how = f"{memory} KiB (PSS), {threads} threads, {woken} context switches in 40 s"
    if woken > 5:
        raise Wrong(how)
    return how


def switches(process):
    """Those that it made by itself; the others are the processor being taken away."""
    total = 0
    for status in pathlib.Path(f"/proc/{process}/task").glob("*/status"):
        total += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status.read_text(), re.M).group(1))
    return total


@row("log-out")
def log_out(lab):
    lab.ada.start(*lab.desktop["log_out"])
    ordered = time.monotonic()
    if not until(30, lambda: not lab.ada.processes(lab.ada.shell), 0.1):
        raise NotHalo("the desktop does not end")
    ended = time.monotonic()
    if not until(20, lambda: not lab.ada.processes("halo"), 0.1):
        raise Wrong("20 s after the desktop, Halo still runs")
    return f"Halo ends {max(0, time.monotonic() - ended):.1f} s after the desktop, {time.monotonic() - ordered:.1f} s after the order"


@row("log-in again", needed=True)
def log_in_again(lab):
    if lab.ada.processes(lab.ada.shell):
        raise Untried("she is still logged in")
    # systemd ends what runs for her ten seconds after her last session.
    until(30, lambda: not lab.ada.processes("systemd"))
    lab.log_in()
    lab.ada.expect("available", 20)
    history = json.loads(lab.ada.halo("history", "--json"))
    if not any(stretch["status"] == "offline" for stretch in history[-6:]):
        raise Wrong(f"the history shows no Offline in between: {[stretch['status'] for stretch in history[-6:]]}")
    parts = [part for part in json.loads(lab.ada.halo("doctor", "--json")) if part["name"] != lab.desktop.get("failing")]
    ill = [part for part in parts if part["state"] == "failing"]
    if ill:
        raise Wrong("; ".join(f"{part['name']}: {part['why']}" for part in ill))
    return f"Offline in between; {idle(lab)}"


@row("signed in to a service, with the keyring")
def keyring(lab):
    """After the second log-in: GNOME's keyring (42) makes a new person's keyring during the first, and shows it to
    programs when it starts the next time."""
    if "keyring_not" in lab.desktop:
        raise Untried(lab.desktop["keyring_not"])
    subprocess.run(["systemctl", "start", "halo-service"], check=True)
    if not until(10, lambda: subprocess.run(["systemctl", "is-active", "--quiet", "halo-service"]).returncode == 0):
        raise Wrong("halo-service does not start")
    password = "correct horse battery"
    as_service = ["setpriv", "--reuid=halo-service", "--regid=halo-service", "--clear-groups", "halo-service"]
    made = subprocess.run([*as_service, "user", "add", "ada", "--group", "team"], input=password + "\n", capture_output=True, text=True)
    if made.returncode != 0:
        raise Wrong(f"no account: {made.stderr}")
    said = lab.ada.halo("sign-in", "http://127.0.0.1:7443", "--name", "ada", words=password + "\n")
    online = until(10, lambda: (lab.ada.status() or {}).get("connection") == "online")
    if not online:
        raise Wrong(f"sign-in: {said}")
    lab.ada.halo("restart")
    if not until(15, lambda: (lab.ada.status() or {}).get("connection") == "online"):
        raise Wrong("after a restart it is not signed in any more")
    lab.ada.halo("sign-out")
    subprocess.run(["systemctl", "stop", "halo-service"])
    if not until(10, lambda: (lab.ada.status() or {}).get("connection") != "online"):
        raise Wrong("it can't be signed out")
    return "signed in, still after a restart by the kept token, and out"
