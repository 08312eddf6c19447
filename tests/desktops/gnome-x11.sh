#!/bin/sh
# Before the log-in: X rather than Wayland, the extension for tray icons, and no tour.
set -eu
mkdir -p /etc/gdm3
printf '[daemon]\nWaylandEnable=false\n' >/etc/gdm3/daemon.conf
cat >/usr/share/glib-2.0/schemas/90_lab.gschema.override <<'END'
[org.gnome.shell]
enabled-extensions=['ubuntu-appindicators@ubuntu.com', 'appindicatorsupport@rgcjonas.gmail.com']
welcome-dialog-last-shown-version='999'
END
glib-compile-schemas /usr/share/glib-2.0/schemas
mkdir -p /var/lib/AccountsService/users
printf '[User]\nSession=gnome-xorg\nXSession=gnome-xorg\n' >/var/lib/AccountsService/users/ada
