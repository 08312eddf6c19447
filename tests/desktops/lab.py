"""What every row of the trial uses: the desktop's description, its person, its greeter and its screen."""

import pathlib
import re
import time

from greeter import GREETERS
from outcome import NotHalo
from person import Person
from screen import MutterScreen, Screen
from waiting import until
from windows import KINDS

RESULTS = pathlib.Path("/lab/results")


class Lab:
    def __init__(self, desktop):
        self.desktop = desktop
        self.ada = Person("ada", desktop["shell"])
        self.people = [self.ada]
        self.greeter = GREETERS[desktop["greeter"]](desktop)
        self.mutter = None
        self.windows = KINDS[desktop.get("windows", "x11")](self)

    @property
    def screen(self):
        """What ada sees, and acts on."""
        environment = self.ada.environment()
        if self.desktop.get("windows") == "mutter":
            self.mutter = self.mutter or MutterScreen(self.ada)
            return self.mutter
        if "screen" in self.desktop:
            return Screen(self.desktop["screen"], "/dev/null")
        return Screen(environment["DISPLAY"], environment.get("XAUTHORITY", "/home/ada/.Xauthority"))

    def log_in(self):
        """By name and password at the greeter, until her desktop stands."""
        # What acted in the session before acts in none any more.
        self.mutter = None
        if not self.greeter.log_in(self.ada):
            raise NotHalo("no greeter came up")
        if not until(60, self.ada.environment):
            raise NotHalo(f"the desktop did not start: no {self.ada.shell}")
        time.sleep(6)

    def status(self):
        return (self.ada.status() or {}).get("status")

    def is_locked(self):
        """By the locker's own word, or by the greeter that asks for the password."""
        if "locked_if" not in self.desktop:
            return bool(self.greeter.screen())
        command, word = self.desktop["locked_if"]
        return word in self.ada.run(*command)[1]

    def locked_screen(self):
        """Where the password is asked for."""
        return self.screen if "locked_if" in self.desktop else self.greeter.screen()

    def unlock(self):
        """By the password. Until then, nothing is touched in the session."""
        screen = self.locked_screen()
        screen.nudge()
        # A key that wakes every locker and means nothing to any.
        screen.key("Shift_L")
        time.sleep(3)
        screen.enter(self.ada.name)
        if not until(15, lambda: not self.is_locked()):
            raise NotHalo("the locker does not take the password")
        time.sleep(3)

    def tidy(self):
        """Between rows: menus and windows closed, Available."""
        if not self.ada.environment():
            return
        if self.is_locked():
            self.unlock()
        self.screen.key("Escape")
        window = self.windows.find()
        if window:
            self.windows.close(window)
        self.screen.move(640, 300)
        self.ada.halo("set", "available")

    def picture_of_trouble(self, what):
        try:
            self.screen.picture("wrong-" + re.sub(r"\W+", "-", what))
        except Exception:
            pass  # There is no screen to look at; the row says what is wrong.
