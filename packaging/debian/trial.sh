#!/bin/sh
# Run in an empty Debian, as root: installs, uses, updates, removes and purges the packages in /packages (now/ and
# next/), and fails at the first thing that is not as it should be. `cargo xtask try-packages` does that.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

say() { echo "ok    $*"; }
fail() { echo "WRONG $*"; exit 1; }
as_ada() { setpriv --reuid=ada --regid=ada --init-groups env -i HOME=/home/ada USER=ada PATH=/usr/bin:/bin "$@"; }
files() { find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /packages -o -path /home \
    -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache -o -path /var/log -o -path /var/lib/systemd \) -prune -o -print | sort; }
# What is left of an account, and what systems keep of the passwords file before.
kept() { grep -vE '^/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$'; }
apt() { apt-get --quiet --yes --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >/tmp/apt.log 2>&1 || { cat /tmp/apt.log; fail "apt-get $1"; }; }

useradd --create-home ada
apt update
# What the packages need of others stays when they go: there from the beginning, it is not mistaken for theirs.
apt install libgcc-s1 systemd man-db >/dev/null
files | kept >/tmp/before

apt install /packages/now/*.deb
[ "$(as_ada halo --version)" = "halo $VERSION" ] || fail "halo --version: $(as_ada halo --version)"
say "installed: $(as_ada halo --version), $(halo-service --version)"
[ -x /usr/libexec/halo/halo-window ] && [ -x /usr/libexec/halo/halo-keyring ] || fail "a program is missing"
grep -q '^Exec=/usr/bin/halo run' /etc/xdg/autostart/halo.desktop || fail "it does not start with the session"
man --where halo halo-set halo-service >/dev/null || fail "a manual page is missing"
say "menu entry, start with the session, icons, manual pages"

apt install --reinstall /packages/now/*.deb
say "installed once more over itself"
grep -q 'pkg:cargo/serde@' /usr/share/doc/halo/halo.cdx.json || fail "the list of parts lacks serde"
for document in /usr/share/doc/halo/*.md /usr/share/doc/halo-service/*.md; do
    grep -o '](\([^)#:]*\)' "$document" | cut -c3- | while read -r link; do
        [ -e "$(dirname "$document")/$link" ] || fail "$document has a link to nowhere: $link"
    done
done
say "lists of parts, licences, and documents whose links lead somewhere"

as_ada halo run --no-tray >/tmp/run.log 2>&1 &
sleep 2
as_ada halo set busy --message "Installed"
as_ada halo status | grep -q '^Busy since ' || fail "status: $(as_ada halo status)"
say "$(as_ada halo status)"

getent passwd halo-service >/dev/null || fail "there is no user halo-service"
as_service() { setpriv --reuid=halo-service --regid=halo-service --clear-groups "$@"; }
echo 'correct horse battery' | as_service halo-service user add ada --group team >/dev/null
as_service halo-service user list | grep -q '^ada' || fail "no account"
echo '# the administrator was here' >>/etc/halo-service/halo-service.toml
say "the service has a user of its own, and its accounts"

mount -t tmpfs -o size=100k none /usr/share/doc/halo
dpkg --install /packages/next/halo_*.deb >/tmp/full.log 2>&1 && fail "installed without room"
grep -q 'No space left on device' /tmp/full.log || fail "without room: $(cat /tmp/full.log)"
umount /usr/share/doc/halo
[ "$(as_ada halo --version)" = "halo $VERSION" ] || fail "without room, half of it was installed"
as_ada halo status | grep -q '^Busy since .*Installed' || fail "without room, the status was lost"
say "without room: refused, and the Halo that runs goes on"

apt install /packages/next/*.deb
grep -q 'the administrator was here' /etc/halo-service/halo-service.toml || fail "the administrator's file is lost"
as_ada halo status | grep -q '^Busy since .*Installed' || fail "an update lost the status: $(as_ada halo status)"
as_ada halo restart
as_ada halo status | grep -q '^Busy since .*Installed' || fail "a restart lost the status: $(as_ada halo status)"
[ "$(as_ada halo --version)" = "halo $NEXT" ] || fail "after the update: $(as_ada halo --version)"
as_service halo-service user list | grep -q '^ada' || fail "an update lost the account"
say "updated under a running Halo: nothing is lost"

if apt-get --quiet --yes -o Dpkg::Use-Pty=0 install /packages/now/*.deb >/dev/null 2>&1; then fail "an older one was installed unasked"; fi
[ "$(as_ada halo --version)" = "halo $NEXT" ] || fail "an older one took its place"
say "an older one over it: refused"

mkdir -p /etc/halo
printf '[fixed]\nservice = "https://presence.example"\n[preset]\nlanguage = "de"\n' >/etc/halo/managed.toml
as_ada halo restart
as_ada halo config service 'https://other.example' 2>/tmp/refused && fail "what is fixed was changed"
grep -q 'set by your organisation' /tmp/refused || fail "in other words: $(cat /tmp/refused)"
[ "$(as_ada halo config language)" = de ] || fail "what is preset does not hold"
say "settings of an organisation: $(cat /tmp/refused)"

as_ada halo quit
apt remove halo halo-service
[ ! -e /usr/bin/halo ] && [ ! -e /usr/bin/halo-service ] || fail "a program is left"
[ -s /home/ada/.local/share/halo/halo.db ] && [ -s /var/lib/halo-service/halo.db ] || fail "removing took data away"
say "removed: what people keep is still there"
dpkg --purge halo halo-service >/dev/null 2>&1
[ -e /etc/halo/managed.toml ] || fail "purging took what an administrator wrote"
rm -r /etc/halo
[ ! -e /var/lib/halo-service ] && [ ! -e /etc/halo-service ] || fail "purging left the service's data"
[ -s /home/ada/.local/share/halo/halo.db ] || fail "purging took a person's data away"
files | kept >/tmp/after
diff /tmp/before /tmp/after || fail "the packages left these files"
say "purged: nothing is left but what is in people's homes"
