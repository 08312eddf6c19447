#!/bin/sh
# Installs, uses, updates and removes Halo in the Wine of WINEPREFIX, which is thrown away afterwards, by the installer
# SETUP; fails at the first thing that is not as it should be. `cargo xtask try-installer` does that.
set -eu
# Its server would go on writing to a disk that is gone.
trap 'wineserver --kill 2>/dev/null; wineserver --wait 2>/dev/null || true' EXIT

say() { echo "ok    $*"; }
fail() { echo "WRONG $*"; exit 1; }
value() { wine reg query "$1" /v "$2" 2>/dev/null | tr -d '\r' | sed -n "s/.*REG_[A-Z]* *//p"; }
soon() { for _ in $(seq 100); do "$@" && return 0; sleep 0.2; done; return 1; }

home=$(echo "$WINEPREFIX"/drive_c/users/*/AppData/Local | tr ' ' '\n' | grep -v Public | head -n 1)
programs=$home/Programs/Halo
halo() { wine "$programs/halo.exe" "$@" 2>/dev/null | tr -d '\r'; }
run='HKCU\Software\Microsoft\Windows\CurrentVersion\Run'
listed='HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\Halo'

wine "$SETUP" /S
[ "$(halo --version)" = "halo $VERSION" ] || fail "halo --version: $(halo --version)"
for file in halow.exe halo-keyring.exe halo-window.exe WebView2Loader.dll THIRD-PARTY.txt; do
    [ -s "$programs/$file" ] || fail "$file is missing"
done
find "$WINEPREFIX/drive_c/users" -name Halo.lnk | grep -q 'Start Menu' || fail "it is not in the start menu"
value "$run" Halo | grep -q 'halow.exe" run' || fail "the log-in does not start it"
wine reg query 'HKCU\Software\Classes\halo\shell\open\command' /ve 2>/dev/null | grep -q halow.exe || fail "links do not open it"
[ "$(value "$listed" DisplayVersion)" = "$VERSION" ] || fail "it is not among the installed programs"
say "installed silently: $(halo --version), start menu, log-in, links, list of programs"

wine "$programs/halo.exe" run --no-tray >/dev/null 2>&1 &
soon sh -c "wine '$programs/halo.exe' status >/dev/null 2>&1" || fail "it does not run"
halo set busy --message Installed
halo status | grep -q '^Busy since ' || fail "status: $(halo status)"
say "$(halo status)"

# Wine has no WebView2, which Windows brings: the window's program runs, and says what it lacks.
halo
dialog() { xdotool search --onlyvisible --name '^Error$' 2>/dev/null; }
soon dialog >/dev/null || fail "without WebView2, the window opens no dialog"
xdotool windowfocus "$(dialog)" key Return
window() { halo doctor | grep '^window ' | tr -s ' '; }
without() { window | grep -q 'WebView2'; }
soon without || fail "the window: $(window)"
say "$(window)"

wine "$SETUP" /S
[ -e "$programs/halo.exe.old" ] || fail "nothing was set aside of the one that runs"
halo status | grep -q '^Busy since ' || fail "an update lost the status: $(halo status)"
say "installed again over a running Halo"
wine "$SETUP" /S '/D=Z:\proc\nowhere' && fail "a folder that can't be written was taken" || [ $? -eq 3 ] || fail "not the code for that"
say "a folder that can't be written is refused"

# It copies itself and returns at once, unless it is told where it lies.
uninstall() { cp "$programs/uninstall.exe" "$WINEPREFIX/drive_c/uninstall.exe"; wine "$WINEPREFIX/drive_c/uninstall.exe" "$@" "_?=$(winepath -w "$programs")"; }
uninstall /S
halo_is_gone() { ! [ -e "$programs/halo.exe" ]; }
soon halo_is_gone || fail "the program is left"
[ -z "$(value "$run" Halo)" ] && [ -z "$(value "$listed" DisplayVersion)" ] || fail "the registry still names it"
[ -s "$home/Halo/halo.db" ] || fail "uninstalling took a person's data away"
say "uninstalled: it has ended, and what people keep is still there"
wine "$SETUP" /S /NOAUTOSTART
[ -z "$(value "$run" Halo)" ] || fail "/NOAUTOSTART starts it with the log-in"
uninstall /S /DELETEDATA
[ ! -e "$home/Halo" ] || fail "/DELETEDATA left data"
say "installed without the start at log-in, and uninstalled with all data"
