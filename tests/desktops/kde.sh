#!/bin/sh
# Before the log-in: KWin draws into a window of Xvfb, whose mouse and keyboard are then its own.
set -eu
folder=/home/ada/.config/systemd/user/plasma-kwin_wayland.service.d
mkdir -p $folder
printf '[Service]\nExecStart=\nExecStart=/usr/bin/kwin_wayland_wrapper --x11-display :90 --width 1280 --height 800 --xwayland\n' >$folder/lab.conf
chown -R ada:ada /home/ada/.config
