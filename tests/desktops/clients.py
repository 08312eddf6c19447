"""Programs by which people use a remote desktop. Each draws on a screen of its own, whose mouse and keyboard are that
person's."""

import subprocess

from outcome import Wrong
from screen import Screen
from waiting import until


class Client:
    def __init__(self, person, screen):
        self.person = person
        self.screen = Screen(f":{screen}", "/dev/null")
        self.environment = self.screen.environment | {"HOME": "/root"}
        self.program = None
        xvfb = ["Xvfb", f":{screen}", "-screen", "0", "800x600x24", "-ac", "-nolisten", "tcp"]
        self._start(xvfb)
        until(10, lambda: self.screen.xdotool("getdisplaygeometry"))
        # Without a window manager no window has the keyboard, and TigerVNC's viewer passes on no mouse either.
        self._start(["dbus-run-session", "xfwm4", "--compositor=off"])

    def _start(self, command):
        nothing = subprocess.DEVNULL
        subprocess.Popen(command, env=self.environment, stdin=nothing, stdout=nothing, stderr=nothing)

    def connect(self):
        log = open(f"/lab/results/client-{self.person.name}.log", "a")
        self.program = subprocess.Popen(self.command(), env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def cut(self):
        """As when the network goes: nothing is said to the other side but that."""
        self.program.kill()
        self.program.wait()

    def act(self):
        """Clicks beside everything: TigerVNC's viewer passes on no moves before a first click."""
        self.screen.click(300, 250)
        self.screen.click(340, 280)

    def expect_still_away(self, otherwise):
        if (self.person.status() or {}).get("status") != "away":
            raise Wrong(f"{self.how}: {otherwise}")


class RDP(Client):
    how = "xrdp"

    def open(self):
        """xrdp makes the session when somebody connects."""

    def command(self):
        name = self.person.name
        return ["xfreerdp", "/v:127.0.0.1", f"/u:{name}", f"/p:{name}", "/cert:ignore", "/size:800x600", "/bpp:16", "-decorations"]


class VNC(Client):
    how = "TigerVNC"

    def open(self):
        self.number = next(
            line.split("=")[0] for line in open("/etc/tigervnc/vncserver.users") if line.strip().endswith("=" + self.person.name)
        )
        subprocess.run(["systemctl", "start", f"tigervncserver@{self.number}"], check=True)
        port = f"127.0.0.1:{5900 + int(self.number[1:])} "
        until(20, lambda: port in subprocess.run(["ss", "-tln"], capture_output=True, text=True).stdout)

    def command(self):
        return ["xtigervncviewer", "-SecurityTypes=None", f"127.0.0.1{self.number}"]
