"""A screen: pictures of it, input to it, and spots of colour found in it."""

import json
import os
import pathlib
import subprocess
import time

RESULTS = pathlib.Path("/lab/results")


class Screen:
    """Of an X server, with xdotool's input."""

    def __init__(self, display, authority):
        self.environment = os.environ | {"DISPLAY": display, "XAUTHORITY": authority}

    def command(self, *command, data=None):
        return subprocess.run(command, env=self.environment, input=data, capture_output=True, timeout=20)

    def xdotool(self, *arguments):
        return self.command("xdotool", *arguments).stdout.decode()

    def move(self, x, y):
        self.xdotool("mousemove", str(x), str(y))
        time.sleep(0.1)

    def nudge(self):
        """Moves the mouse a little, wherever it is."""
        self.xdotool("mousemove_relative", "20", "20")

    def click(self, x, y, button=1):
        self.move(x, y)
        self.xdotool("click", str(button))

    def key(self, keys):
        """As in `Return` or `ctrl+alt+h`."""
        self.xdotool("key", keys)

    def enter(self, text):
        """Types it, and Return."""
        self.xdotool("type", "--delay", "120", text)
        time.sleep(0.5)
        self.key("Return")

    def windows(self, name):
        """Windows whose class is that, visible ones."""
        return self.xdotool("search", "--onlyvisible", "--class", name).split()

    def picture(self, name=None):
        """The screen now; with a name, also a file among the results."""
        width, height = map(int, self.xdotool("getdisplaygeometry").split())
        pixels = self.command("import", "-silent", "-window", "root", "-depth", "8", "rgb:-").stdout
        return Picture(width, height, pixels).kept_as(name)


class MutterScreen:
    """Of GNOME on Wayland, by a program that runs in the session (`mutter.py`)."""

    def __init__(self, person):
        self.program = person.talk("python3", "-u", "/lab/scripts/mutter.py")

    def _ask(self, *words):
        self.program.stdin.write(json.dumps(words) + "\n")
        self.program.stdin.flush()
        return json.loads(self.program.stdout.readline())

    def move(self, x, y):
        self._ask("move", x, y)

    def nudge(self):
        self._ask("nudge")

    def click(self, x, y, button=1):
        self.move(x, y)
        self._ask("click", button)

    def key(self, keys):
        self._ask("key", keys)

    def enter(self, text):
        for letter in text:
            self.key(letter)
        self.key("Return")

    def windows(self, name):
        """The class, the title and the menu entry of each window of that class."""
        return [tuple(window) for window in self._ask("windows", name)]

    def picture(self, name=None):
        file = self._ask("picture")
        convert = subprocess.run(["convert", file, "-depth", "8", "rgb:-"], capture_output=True)
        said = subprocess.run(["identify", "-format", "%w %h", file], capture_output=True, text=True).stdout
        width, height = map(int, said.split())
        return Picture(width, height, convert.stdout).kept_as(name)


def is_green(red, green, blue):
    return green > 100 and green - red > 50 and green - blue > 25


def is_red(red, green, blue):
    return red > 150 and red - green > 80 and red - blue > 80


class Picture:
    def __init__(self, width, height, pixels):
        self.width, self.height, self.pixels = width, height, pixels

    def kept_as(self, name):
        """Itself; with a name, also a file among the results."""
        if name:
            raw = ["-size", f"{self.width}x{self.height}", "-depth", "8", "rgb:-"]
            subprocess.run(["convert", *raw, str(RESULTS / f"{name}.png")], input=self.pixels, check=True)
        return self

    def changed(self, before):
        """Every pixel that is not as it was: x, y, colour then, colour now."""
        stride = 3 * self.width
        for y in range(self.height):
            then, now = before.pixels[y * stride : (y + 1) * stride], self.pixels[y * stride : (y + 1) * stride]
            if then == now:
                continue
            for x in range(self.width):
                a, b = then[3 * x : 3 * x + 3], now[3 * x : 3 * x + 3]
                if a != b:
                    yield x, y, a, b


class Spot:
    """Points that lie together."""

    def __init__(self, points):
        xs, ys = [x for x, _ in points], [y for _, y in points]
        self.points = len(points)
        self.left, self.top, self.right, self.bottom = min(xs), min(ys), max(xs), max(ys)
        self.width, self.height = self.right - self.left + 1, self.bottom - self.top + 1
        self.centre = (self.left + self.right) // 2, (self.top + self.bottom) // 2

    def is_icon(self):
        """As large as icons in trays and menus are."""
        return self.points >= 12 and 8 <= self.width <= 40 and 8 <= self.height <= 40


def spots(points, gap=4):
    """Groups points that are no further apart than the gap, from the top down."""
    left, found = set(points), []
    while left:
        reached, group = [left.pop()], []
        while reached:
            x, y = reached.pop()
            group.append((x, y))
            near = {(a, b) for a in range(x - gap, x + gap + 1) for b in range(y - gap, y + gap + 1)} & left
            left -= near
            reached.extend(near)
        found.append(Spot(group))
    return sorted(found, key=lambda spot: (spot.top, spot.left))
