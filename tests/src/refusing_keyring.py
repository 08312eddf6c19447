"""A Secret Service that is there and agrees on no session with anybody."""

import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib


class Refusal(dbus.DBusException):
    _dbus_error_name = "org.freedesktop.DBus.Error.NotSupported"


class Secrets(dbus.service.Object):
    @dbus.service.method("org.freedesktop.Secret.Service", in_signature="sv", out_signature="vo")
    def OpenSession(self, algorithm, _key):
        raise Refusal(f"{algorithm} is not supported")


DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
secrets = Secrets(bus, "/org/freedesktop/secrets")
name = dbus.service.BusName(sys.argv[1], bus)
GLib.MainLoop().run()
