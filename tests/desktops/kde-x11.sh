#!/bin/sh
# Before the log-in: its password opens KWallet, as by the greeter that KDE comes with. LightDM's own file leaves that out.
set -eu
cat >>/etc/pam.d/lightdm <<'PAM'
-auth optional pam_kwallet5.so
-session optional pam_kwallet5.so auto_start
PAM
