"""A person logged in: what they type in a terminal of their desktop."""

import json
import os
import pathlib
import pwd
import subprocess

from outcome import Wrong
from waiting import until


class Person:
    def __init__(self, name, shell):
        """`shell` is a program of the desktop whose environment is that of everything started there."""
        self.name = name
        self.shell = shell
        self.uid = pwd.getpwnam(name).pw_uid

    def processes(self, program):
        """The ids of this person's processes of that name (the kernel keeps 15 characters of it), those that live."""
        living = ["--runstates", "R,S,D,I,T"]
        found = subprocess.run(["pgrep", *living, "-u", self.name, "-x", program[:15]], capture_output=True, text=True)
        return [int(line) for line in found.stdout.split()]

    def all_processes(self):
        """The ids of everything that runs for this person."""
        found = subprocess.run(["pgrep", "-u", self.name], capture_output=True, text=True)
        return [int(line) for line in found.stdout.split()]

    def environment(self):
        """The environment of the desktop; empty while nobody is logged in."""
        for process in self.processes(self.shell):
            try:
                text = pathlib.Path(f"/proc/{process}/environ").read_bytes()
            except OSError:
                continue
            pairs = (line.split(b"=", 1) for line in text.split(b"\0") if b"=" in line)
            environment = {os.fsdecode(name): os.fsdecode(value) for name, value in pairs}
            if "DBUS_SESSION_BUS_ADDRESS" in environment or "XDG_RUNTIME_DIR" in environment:
                environment.setdefault("DBUS_SESSION_BUS_ADDRESS", f"unix:path=/run/user/{self.uid}/bus")
                return environment
        return {}

    def session(self):
        """The login session that logind would show; empty while nobody is logged in."""
        show = ["loginctl", "show-user", self.name, "--property=Display", "--value"]
        return subprocess.run(show, capture_output=True, text=True).stdout.strip()

    def group(self):
        """The control group of the login session: by that, logind and polkit know that somebody sits there."""
        scope = f"session-{self.session()}.scope/cgroup.procs"
        group = pathlib.Path(f"/sys/fs/cgroup/user.slice/user-{self.uid}.slice/{scope}")
        return group if group.exists() else None

    def _popen(self, command, environment, **options):
        group = self.group()

        def join():
            if group:
                group.write_text(str(os.getpid()))

        become = ["setpriv", f"--reuid={self.name}", f"--regid={self.name}", "--init-groups"]
        home = {"HOME": f"/home/{self.name}", "USER": self.name, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "en_US.UTF-8"}
        home["XDG_RUNTIME_DIR"] = f"/run/user/{self.uid}"
        return subprocess.Popen(
            become + list(command), env=home | self.environment() | environment, cwd=f"/home/{self.name}",
            preexec_fn=join, text=True, **options,
        )  # fmt: skip

    def start(self, *command, **environment):
        """A program that goes on."""
        return self._popen(command, environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def talk(self, *command):
        """A program that is written to and read from, a line at a time."""
        return self._popen(command, {}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def listen(self, *command):
        """A program whose output is read later."""
        return self._popen(command, {}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def run(self, *command, words=None, seconds=20):
        """A program to its end; gives its exit code and what it said. `words` is typed into it."""
        pipe = subprocess.PIPE
        process = self._popen(command, {}, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT)
        try:
            said, _ = process.communicate(words or "", timeout=seconds)
            return process.returncode, said
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
            return -1, said

    def halo(self, *arguments, words=None):
        """What the command line says."""
        return self.run("halo", *arguments, words=words)[1].strip()

    def status(self):
        """What `halo status --json` says; None if Halo does not run."""
        code, said = self.run("halo", "status", "--json")
        return json.loads(said) if code == 0 else None

    def expect(self, status, seconds, why=None):
        """Waits for a status; with `why`, also for its reason. Gives what `halo status --json` says."""

        def there():
            said = self.status()
            return said if said and said["status"] == status and (why is None or said["reason"]["source"] == why) else None

        said = until(seconds, there)
        if not said:
            now = self.status()
            shown = f"{now['status']} ({now['reason']['source']})" if now else "no answer"
            raise Wrong(f"{self.name}: after {seconds} s not {status}{f' ({why})' if why else ''}, but {shown}")
        return said
