//! Sound servers in runtime directories of their own, and applications that record from them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_passcred;
use signals::Environment;
use tempfile::TempDir;

use super::{Bus, Ear, LONG, Running, installed};

/// A runtime directory for a sound server, and the server while it runs: a microphone `mic` that hears nothing, and an
/// output `out` that is heard by nobody.
pub struct Sound {
    folder: TempDir,
    server: Vec<Running>,
    bus: Option<Bus>,
}

impl Sound {
    /// A place for PulseAudio, which does not run yet. `None` if a part is missing, which is said.
    pub fn not_started() -> Option<Self> {
        installed(&["pulseaudio", "parec", "pactl"]).then(|| {
            let folder = tempfile::tempdir().expect("a directory");
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).expect("the directory is ours");
            Self { folder, server: Vec::new(), bus: None }
        })
    }

    /// PulseAudio.
    pub fn pulseaudio() -> Option<Self> {
        let mut sound = Self::not_started()?;
        sound.start();
        Some(sound)
    }

    /// PipeWire in its place.
    pub fn pipewire() -> Option<Self> {
        if !installed(&["pipewire", "wireplumber", "pipewire-pulse", "dbus-daemon"]) {
            return None;
        }
        let mut sound = Self::not_started()?;
        sound.bus = Some(Bus::start());
        for program in ["pipewire", "wireplumber", "pipewire-pulse"] {
            let socket = sound.folder.path().join("pipewire-0");
            sound.server.push(Running::start(sound.command(program).stdout(Stdio::null())));
            wait_for("PipeWire", || socket.exists());
        }
        sound.wait_until_it_answers();
        let silent = ["load-module", "module-null-sink", "channel_map=front-left,front-right"];
        for source in [["sink_name=mic", "media.class=Audio/Source/Virtual"], ["sink_name=out", ""]] {
            let mut load = sound.command("pactl");
            load.args(silent).args(source.iter().filter(|argument| !argument.is_empty())).stdout(Stdio::null());
            assert!(load.status().expect("pactl starts").success());
        }
        Some(sound)
    }

    pub fn start(&mut self) {
        let mut daemon = self.command("pulseaudio");
        daemon.args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--load=module-native-protocol-unix"]);
        daemon.args(["--load=module-null-source source_name=mic", "--load=module-null-sink sink_name=out"]);
        self.server.push(Running::start(&mut daemon));
        self.wait_until_it_answers();
    }

    fn wait_until_it_answers(&self) {
        let answers = || self.command("pactl").arg("info").stdout(Stdio::null()).status();
        wait_for("the sound server", || answers().expect("pactl starts").success());
    }

    pub fn kill(&mut self) {
        self.server.clear();
    }

    /// A program that knows of this server only.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("XDG_RUNTIME_DIR", self.folder.path()).env("HOME", self.folder.path()).stderr(Stdio::null());
        for other in ["PULSE_SERVER", "PULSE_RUNTIME_PATH", "DISPLAY", "DBUS_SESSION_BUS_ADDRESS"] {
            command.env_remove(other);
        }
        command.envs(self.bus.iter().map(|bus| ("DBUS_SESSION_BUS_ADDRESS", &bus.address)));
        command
    }

    /// An application that records from a source for as long as it runs.
    pub fn record(&self, source: &str) -> Running {
        Running::start(self.command("parec").arg(format!("--device={source}")).stdout(Stdio::null()))
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("pulse/native")
    }

    pub fn environment(&self) -> Environment {
        Environment { runtime_dir: Some(self.folder.path().to_owned()), ..Environment::default() }
    }

    /// Hears of calls.
    pub fn ear(&self) -> Ear {
        let ear = Ear::new(self.environment());
        ear.handle.tell_calls(true);
        ear
    }
}

fn wait_for(what: &str, holds: impl Fn() -> bool) {
    let asked = Instant::now();
    while !holds() {
        assert!(asked.elapsed() < LONG, "{what} does not answer");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A recording stream with what no program offers on its command line. It lasts as long as this does.
pub struct Stream {
    socket: UnixStream,
}

impl Stream {
    /// From the microphone: corked (held back), or one that only finds the peaks.
    pub fn open(sound: &Sound, corked: bool, peaks: bool) -> Self {
        let socket = UnixStream::connect(sound.socket()).expect("the server answers");
        set_socket_passcred(&socket, true).expect("a socket of ours");
        let mut stream = Self { socket };
        let (cookie, name) = ([&b"x"[..], &256_u32.to_be_bytes(), &[0; 256]].concat(), b"PN");
        stream.ask(8, &[&number(21)[..], &cookie].concat());
        stream.ask(9, name);
        // Floats in mono, as often as a level meter moves, or as a voice needs them.
        let (samples, mono) = (if peaks { b"a\x05\x01\0\0\0\x19" } else { b"a\x05\x01\0\0\x3e\x80" }, b"m\x01\0");
        let source = [&number(u32::MAX)[..], b"tmic\0", &number(u32::MAX), switch(corked), &number(4096)].concat();
        let plain = b"0000000";
        let rest = [switch(peaks), b"0", b"PN", &number(u32::MAX)[..], b"000"].concat();
        stream.ask(5, &[&samples[..], mono, &source, plain, &rest].concat());
        stream
    }

    pub fn cork(&mut self, corked: bool) {
        self.ask(58, &[&number(0)[..], switch(corked)].concat());
    }

    /// Asks, and waits for the answer; what is recorded meanwhile is passed over.
    fn ask(&mut self, command: u32, arguments: &[u8]) {
        let message = [&number(command)[..], &number(command), arguments].concat();
        let length = u32::try_from(message.len()).expect("it is short");
        let descriptor = [length, u32::MAX, 0, 0, 0].map(u32::to_be_bytes).concat();
        self.socket.write_all(&[descriptor, message].concat()).expect("the server listens");
        loop {
            let mut descriptor = [0; 20];
            self.socket.read_exact(&mut descriptor).expect("the server answers");
            let length = u32::from_be_bytes(*descriptor.first_chunk().expect("it is longer"));
            let mut answer = vec![0; length as usize];
            self.socket.read_exact(&mut answer).expect("the server answers");
            let is_control = descriptor[4..8] == u32::MAX.to_be_bytes();
            if is_control && answer[5..10] == number(command) {
                assert_eq!(answer[..5], number(2), "command {command} is refused: {answer:?}");
                return;
            }
        }
    }
}

fn number(number: u32) -> Vec<u8> {
    [&b"L"[..], &number.to_be_bytes()].concat()
}

fn switch(on: bool) -> &'static [u8] {
    if on { b"1" } else { b"0" }
}
