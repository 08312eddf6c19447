#!/bin/sh
# Before the log-ins: twenty people, and servers that take them. A person's password is their name.
set -eu
n=1
: >/etc/tigervnc/vncserver.users
for name in ada ben cleo dan eva finn gita hugo ines jan kaja leo mara nils olga pavel quinn rosa sven tove; do
    id $name >/dev/null 2>&1 || useradd --create-home --shell /bin/bash $name
    echo $name:$name | chpasswd
    home=/home/$name
    printf '(sleep 1; xscreensaver --no-splash) &\nexec xfce4-session\n' >$home/.xsession
    printf 'mode: blank\ntimeout: 0:30:00\nlock: True\n' >$home/.xscreensaver
    # No password of VNC's own: what is tried is who is there, and the machine has no network.
    mkdir -p $home/.vnc
    printf 'session=xfce\nlocalhost\nsecuritytypes=None\ngeometry=800x600\n' >$home/.vnc/config
    echo ":$((20 + n))=$name" >>/etc/tigervnc/vncserver.users
    chown -R $name:$name $home
    n=$((n + 1))
done
# As Debian has it, xrdp may not read its own key.
usermod --append --groups ssl-cert xrdp
systemctl restart xrdp-sesman xrdp
