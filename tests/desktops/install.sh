#!/bin/sh
# Run in the lab's Debian, as root: installs what one desktop is made of. Its packages are the arguments.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
log=/var/log/lab-install.log
apt-get --quiet update >$log 2>&1 && apt-get --quiet --yes --no-install-recommends install "$@" >>$log 2>&1 || {
    tail -n 30 $log
    exit 1
}
apt-get clean
# Where the machine may not give a program a right that it has as a file capability (a virtual machine, often), the
# program does not even start with it. Both run as well without.
for program in /usr/bin/kwin_wayland /usr/bin/gnome-shell; do
    if [ -e $program ]; then setcap -r $program 2>/dev/null || true; fi
done
