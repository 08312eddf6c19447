"""A screen saver service that does what it is told: a line "true" or "false" on standard input is a lock or an unlock.

Answers each line with the moment (CLOCK_MONOTONIC, seconds) just before its signal was sent.
"""

import sys
import time

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

name = sys.argv[1]
# KDE's and the common name have a second, shorter path.
paths = ["/" + name.replace(".", "/")] + (["/ScreenSaver"] if name == "org.freedesktop.ScreenSaver" else [])


class ScreenSaver(dbus.service.Object):
    active = False
    since = 0.0

    @dbus.service.method(name, out_signature="b")
    def GetActive(self):
        return ScreenSaver.active

    @dbus.service.method(name, out_signature="u")
    def GetActiveTime(self):
        return int(time.monotonic() - ScreenSaver.since) if ScreenSaver.active else 0

    @dbus.service.method(name, in_signature="b")
    def SetActive(self, active):
        change(bool(active))

    @dbus.service.method(name)
    def Lock(self):
        change(True)

    @dbus.service.signal(name, signature="b")
    def ActiveChanged(self, active):
        pass


def change(active):
    ScreenSaver.active = active
    ScreenSaver.since = time.monotonic()
    for one in objects:
        one.ActiveChanged(active)
    bus.flush()


def heard(source, _condition):
    line = source.readline().strip()
    if line not in ("true", "false"):
        loop.quit()
        return False
    change(line == "true")
    print(ScreenSaver.since, flush=True)
    return True


DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
owned = dbus.service.BusName(name, bus, do_not_queue=True)
objects = [ScreenSaver(bus, path) for path in paths]
loop = GLib.MainLoop()
GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, heard)
loop.run()
