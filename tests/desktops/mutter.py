"""Run in a session of GNOME: does what each line of its input says, a list in JSON, and answers with a line. Input goes
through Mutter's own interface for remote desktops, which is a person's for it; pictures and windows are the shell's."""

import json
import sys
import time

import dbus

KEYS = {"Return": 0xFF0D, "Escape": 0xFF1B, "Shift_L": 0xFFE1, "ctrl": 0xFFE3, "alt": 0xFFE9, "F4": 0xFFC1}
BUTTONS = {1: 0x110, 3: 0x111}
PICTURE = "/tmp/screen.png"
# Of the monitor in gnome-wayland.sh.
HEIGHT = 800

bus = dbus.SessionBus()


def interface(service, path, name):
    return dbus.Interface(bus.get_object(service, path), name)


mutter = interface("org.gnome.Mutter.RemoteDesktop", "/org/gnome/Mutter/RemoteDesktop", "org.gnome.Mutter.RemoteDesktop")
session = interface("org.gnome.Mutter.RemoteDesktop", mutter.CreateSession(), "org.gnome.Mutter.RemoteDesktop.Session")
session.Start()
shell = interface("org.gnome.Shell", "/org/gnome/Shell", "org.gnome.Shell")
screenshot = interface("org.gnome.Shell.Screenshot", "/org/gnome/Shell/Screenshot", "org.gnome.Shell.Screenshot")
time.sleep(0.5)


def move(x, y):
    # There are only relative moves without a stream of pictures: into a corner, and from there. Not into the upper left
    # one, which is a button of the shell.
    session.NotifyPointerMotionRelative(-5000.0, 5000.0)
    time.sleep(0.1)
    session.NotifyPointerMotionRelative(float(x), float(y - (HEIGHT - 1)))
    time.sleep(0.2)


def nudge():
    session.NotifyPointerMotionRelative(20.0, 20.0)


def click(button):
    for down in (True, False):
        session.NotifyPointerButton(BUTTONS[button], down)
        time.sleep(0.08)


def key(keys):
    symbols = [dbus.UInt32(KEYS.get(name) or ord(name)) for name in keys.split("+")]
    for symbol in symbols:
        session.NotifyKeyboardKeysym(symbol, True)
        time.sleep(0.03)
    for symbol in reversed(symbols):
        session.NotifyKeyboardKeysym(symbol, False)
        time.sleep(0.03)


def windows(name):
    code = """
        const all = global.get_window_actors().map(actor => actor.meta_window);
        const tracker = imports.gi.Shell.WindowTracker.get_default();
        JSON.stringify(all.map(w => [w.get_wm_class(), w.get_title(), tracker.get_window_app(w)?.get_id()]))
    """
    well, said = shell.Eval(code)
    # The answer is a text in JSON, and a text in JSON again.
    found = json.loads(json.loads(said)) if well else []
    return [window for window in found if name.lower() in str(window[0]).lower()]


def picture():
    screenshot.Screenshot(True, False, PICTURE)
    return PICTURE


DOES = {"move": move, "nudge": nudge, "click": click, "key": key, "windows": windows, "picture": picture}
for line in sys.stdin:
    what, *arguments = json.loads(line)
    print(json.dumps(DOES[what](*arguments)), flush=True)
