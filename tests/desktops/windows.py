"""Halo's window, as the window manager has it."""

import json
import re
import time

from waiting import until


class XWindows:
    """By the X server; class and icon are what the window itself says."""

    def __init__(self, lab):
        self.lab = lab

    def find(self):
        return next(iter(self.lab.screen.windows("^[Hh]alo")), None)

    def describe(self, window):
        """Its name for grouping and menus, its title, and where its icon is from."""
        said = self.lab.screen.command("xprop", "-id", window, "WM_CLASS", "_NET_WM_NAME").stdout.decode()
        icon = self.lab.screen.command("xprop", "-id", window, "_NET_WM_ICON").stdout
        names = re.findall(r'"([^"]*)"', said)
        return names[0], names[-1], "its own" if b"Icon (" in icon or len(icon) > 200 else "that of the menu entry"

    def close(self, window):
        """With the keys for it; true when its program has ended."""
        self.focus(window)
        self.lab.screen.key("alt+F4")
        return until(8, lambda: not self.lab.ada.processes("halo-window"))

    def focus(self, window):
        self.lab.screen.xdotool("windowactivate", window)
        time.sleep(1)


class KWinWindows(XWindows):
    """By what KWin tells its own search of windows: the title, and the icon that it has found for it."""

    def find(self):
        call = ["call", "org.kde.KWin", "/WindowsRunner", "org.kde.krunner1", "Match", "s", "Halo"]
        code, said = self.lab.ada.run("busctl", "--user", "--json=short", *call)
        found = json.loads(said)["data"][0] if code == 0 else []
        return next((match for match in found if match[1].endswith("Halo")), None)

    def describe(self, window):
        return window[2], window[1], f"“{window[2]}” of the theme"

    def focus(self, window):
        """It has just been opened, and has it."""


class MutterWindows(XWindows):
    """By what GNOME's shell knows of them: class, title, and the menu entry that it takes the icon from."""

    def find(self):
        return next(iter(self.lab.screen.windows("halo")), None)

    def describe(self, window):
        name, title, entry = window
        return name, title, f"that of {entry}"

    def focus(self, window):
        """It has just been opened, and has it."""


KINDS = {"x11": XWindows, "kwin": KWinWindows, "mutter": MutterWindows}
