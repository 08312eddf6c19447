#!/bin/sh
# Run once in a new Debian, as root, before any desktop is installed: a person, and nothing that would start by itself
# and meddle with the machine that the lab runs on.
set -eu

# Her password is her name.
useradd --create-home --shell /bin/bash ada
echo ada:ada | chpasswd
echo desktop-lab >/etc/hostname
printf '127.0.0.1 localhost desktop-lab\n::1 localhost\n' >/etc/hosts
sed -i 's/^# en_US.UTF-8/en_US.UTF-8/' /etc/locale.gen
locale-gen >/dev/null

# What packages start is started by the boot of the lab, not by their installation.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod +x /usr/sbin/policy-rc.d
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/lab

# There are no devices of its own, no network beyond itself, and no prompt on the machine's consoles. A mask holds for
# what is not installed yet, too.
for unit in systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket systemd-udev-trigger.service \
    systemd-udev-settle.service systemd-networkd.service systemd-resolved.service systemd-timesyncd.service getty.target \
    console-getty.service NetworkManager.service NetworkManager-dispatcher.service NetworkManager-wait-online.service \
    wpa_supplicant.service ModemManager.service avahi-daemon.service avahi-daemon.socket cups.service cups.socket \
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer; do
    ln -sf /dev/null "/etc/systemd/system/$unit"
done
mkdir -p /etc/systemd/logind.conf.d /etc/systemd/system/systemd-suspend.service.d
printf '[Login]\nNAutoVTs=0\nReserveVT=0\n' >/etc/systemd/logind.conf.d/lab.conf
systemctl set-default multi-user.target >/dev/null 2>&1

# logind does all that it does before a sleep and after it; in between, the machine "sleeps" for eight seconds.
printf '[Service]\nExecStart=\nExecStart=/bin/sleep 8\n' >/etc/systemd/system/systemd-suspend.service.d/lab.conf

# X draws into memory, and takes its input from xdotool only.
mkdir -p /etc/X11/xorg.conf.d
cat >/etc/X11/xorg.conf.d/lab.conf <<'END'
Section "ServerFlags"
  Option "AutoAddDevices" "false"
  Option "AutoEnableDevices" "false"
EndSection
Section "Device"
  Identifier "memory"
  Driver "dummy"
  VideoRam 65536
EndSection
Section "Monitor"
  Identifier "monitor"
  HorizSync 5-200
  VertRefresh 5-200
  Modeline "1280x800" 83.50 1280 1352 1480 1680 800 803 809 831
EndSection
Section "Screen"
  Identifier "screen"
  Device "memory"
  Monitor "monitor"
  DefaultDepth 24
  SubSection "Display"
    Depth 24
    Modes "1280x800"
    Virtual 1280 800
  EndSubSection
EndSection
END
