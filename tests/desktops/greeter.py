"""Display managers: a person types name and password, at the log-in and when their lock is the greeter's."""

import os
import pathlib
import subprocess
import time

from screen import Screen
from waiting import until


class LightDM:
    how = "by the password at LightDM's greeter"

    def __init__(self, desktop):
        self.desktop = desktop
        self.runs = False

    def start(self):
        pathlib.Path("/etc/X11/default-display-manager").write_text("/usr/sbin/lightdm\n")
        folder = pathlib.Path("/etc/lightdm/lightdm.conf.d")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lab.conf").write_text(f"[Seat:*]\nuser-session={self.desktop['session']}\ngreeter-hide-users=false\n")
        pathlib.Path("/var/lib/lightdm/data").mkdir(parents=True, exist_ok=True)
        subprocess.run(["systemctl", "start", "lightdm"], check=True)
        self.runs = True

    def screen(self):
        """The screen on which the greeter asks, if one does."""
        folder = pathlib.Path("/run/lightdm/root")
        for display in sorted(os.listdir(folder), reverse=True) if folder.is_dir() else []:
            screen = Screen(display, str(folder / display))
            if screen.windows("lightdm-gtk-greeter"):
                return screen
        return None

    def log_in(self, person):
        """False if there is no greeter to type it at."""
        if not self.runs:
            self.start()
        screen = until(40, self.screen)
        if not screen:
            # Once in a while LightDM starts no X server at its first start, and says nothing.
            subprocess.run(["systemctl", "restart", "lightdm"], check=True)
            screen = until(40, self.screen)
        if not screen:
            return False
        # It is drawn before it takes keys.
        time.sleep(3)
        screen.enter(person.name)
        return True


class Console:
    """No greeter: a PAM log-in at a console, as kiosks have it, that runs the desktop. Xvfb stands for the screen, the
    mouse and the keyboard of a Wayland compositor, which draws into a window of it."""

    how = "by PAM at a console, without a password"
    unit = "desktop-of-ada"
    console = "2"

    def __init__(self, desktop):
        self.desktop = desktop

    def screen(self):
        return None

    def log_in(self, person):
        screen = self.desktop.get("screen")
        if screen and subprocess.run(["systemctl", "is-active", "--quiet", "lab-screen"]).returncode != 0:
            xvfb = ["Xvfb", screen, "-screen", "0", "1280x800x24", "-ac", "-nolisten", "tcp"]
            subprocess.run(["systemd-run", "--quiet", "--collect", "--unit=lab-screen", *xvfb], check=True)
            time.sleep(2)
        properties = {
            "PAMName": "login", "TTYPath": f"/dev/tty{self.console}", "TTYReset": "yes", "StandardInput": "tty-fail",
            "StandardOutput": "journal", "StandardError": "journal", "UtmpIdentifier": f"tty{self.console}", "UtmpMode": "user",
            "KillMode": "mixed", "TimeoutStopSec": "20", "WorkingDirectory": f"/home/{person.name}",
        }  # fmt: skip
        environment = {
            "XDG_SEAT": "seat0", "XDG_VTNR": self.console, "XDG_SESSION_CLASS": "user", "XDG_SESSION_TYPE": self.desktop["type"],
            "XDG_SESSION_DESKTOP": self.desktop["session"], "LANG": "en_US.UTF-8", "LIBGL_ALWAYS_SOFTWARE": "1",
            "QT_QUICK_BACKEND": "software", "GALLIUM_DRIVER": "llvmpipe", **self.desktop.get("environment", {}),
        }  # fmt: skip
        command = ["systemd-run", "--quiet", "--collect", f"--unit={self.unit}", f"--uid={person.name}"]
        for name, value in properties.items():
            command += ["-p", f"{name}={value}"]
        for name, value in environment.items():
            command += ["-E", f"{name}={value}"]
        subprocess.run([*command, "/bin/bash", "-lc", f"exec {self.desktop['start']}"], check=True)
        subprocess.run(["chvt", self.console])
        return True


class GDM:
    how = "by the password at GDM's greeter"

    def __init__(self, desktop):
        self.desktop = desktop
        self.runs = False

    def screen(self):
        """The greeter is a session of its own, of the user Debian-gdm, on X."""
        for process in subprocess.run(["pgrep", "-u", "Debian-gdm", "-x", "gnome-shell"], capture_output=True, text=True).stdout.split():
            text = pathlib.Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
            values = dict(line.decode().split("=", 1) for line in text if b"=" in line)
            if "DISPLAY" in values:
                return Screen(values["DISPLAY"], values["XAUTHORITY"])
        return None

    def log_in(self, person):
        if not self.runs:
            pathlib.Path("/etc/X11/default-display-manager").write_text("/usr/sbin/gdm3\n")
            subprocess.run(["systemctl", "start", "gdm3"], check=True)
            self.runs = True
        screen = until(60, self.screen)
        if not screen:
            return False
        time.sleep(12)
        # The first person of the list, then the password.
        screen.key("Return")
        time.sleep(3)
        screen.enter(person.name)
        return True


GREETERS = {"lightdm": LightDM, "gdm": GDM, "console": Console}
