//! Where the back-ends look: explicit, so that a test can give each its own display and buses.

use std::env;
use std::path::PathBuf;

/// The desktop session that the back-ends listen to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Environment {
    /// The X display, such as `:0`. `None`: no X.
    pub display: Option<String>,
    /// The Wayland display: the name of a socket in the runtime directory, or its path. Where one answers, an X
    /// display shows only part of the input and is not asked.
    pub wayland_display: Option<String>,
    /// Where the sockets of this user's session are. A Wayland display or a sound server that nobody named is
    /// looked for here.
    pub runtime_dir: Option<PathBuf>,
    /// D-Bus address of the session bus.
    pub session_bus: Option<String>,
    /// D-Bus address of the system bus.
    pub system_bus: Option<String>,
    /// The id of the logind session, if the log-in said which.
    pub session_id: Option<String>,
    /// By what the desktop is looked at from another machine, if it is.
    pub remote: Option<Remote>,
    /// The socket of the sound server, if the session says which.
    pub sound_server: Option<PathBuf>,
    /// The helper that is asked for the idle time where the X server gives no events. `None`: there is none.
    pub idle_helper: Option<PathBuf>,
    /// True: ask the helper even where the X server gives events.
    pub force_idle_helper: bool,
}

/// What shows a desktop on another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remote {
    /// xrdp.
    Xrdp {
        /// The folder of its sockets.
        sockets: PathBuf,
    },
    /// A session of `TigerVNC`.
    Vnc {
        /// The folder of its log.
        logs: PathBuf,
    },
}

impl Environment {
    /// The session that this process was started in.
    pub fn from_process() -> Self {
        Self {
            display: text("DISPLAY"),
            wayland_display: text("WAYLAND_DISPLAY"),
            runtime_dir: text("XDG_RUNTIME_DIR").map(PathBuf::from),
            session_bus: text("DBUS_SESSION_BUS_ADDRESS").or_else(user_bus),
            system_bus: text("DBUS_SYSTEM_BUS_ADDRESS").or_else(system_bus),
            session_id: text("XDG_SESSION_ID"),
            remote: remote(),
            sound_server: text("PULSE_SERVER").and_then(|server| socket(&server)),
            idle_helper: helper(),
            force_idle_helper: false,
        }
    }
}

fn text(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// A session started by systemd need not name its bus: the socket is where the runtime directory is.
fn user_bus() -> Option<String> {
    let socket = PathBuf::from(text("XDG_RUNTIME_DIR")?).join("bus");
    socket.exists().then(|| format!("unix:path={}", socket.display()))
}

/// Both say so in the environment of the session that they start.
#[cfg(target_os = "linux")]
fn remote() -> Option<Remote> {
    if text("XRDP_SESSION").is_some() {
        let sockets = text("XRDP_SOCKET_PATH").map_or_else(|| PathBuf::from("/run/xrdp/sockdir"), PathBuf::from);
        return Some(Remote::Xrdp { sockets });
    }
    text("VNCDESKTOP")?;
    let logs = vnc_logs(&env::home_dir()?)?;
    Some(Remote::Vnc { logs })
}

#[cfg(not(target_os = "linux"))]
fn remote() -> Option<Remote> {
    None
}

/// Where a session of `TigerVNC` writes its log: in a home, or, since 1.14, below what belongs to a state.
#[cfg(target_os = "linux")]
fn vnc_logs(home: &std::path::Path) -> Option<PathBuf> {
    [".vnc", ".local/state/tigervnc"].iter().map(|folder| home.join(folder)).find(|folder| folder.is_dir())
}

/// The socket among the servers that `PULSE_SERVER` lists, such as `unix:/run/user/1000/pulse/native`. One on another
/// machine has other people's microphones.
fn socket(servers: &str) -> Option<PathBuf> {
    servers
        .split_whitespace()
        .map(|server| server.strip_prefix("unix:").unwrap_or(server))
        .map(PathBuf::from)
        .find(|path| path.is_absolute())
}

fn system_bus() -> Option<String> {
    cfg!(unix).then(|| "unix:path=/run/dbus/system_bus_socket;unix:path=/var/run/dbus/system_bus_socket".to_owned())
}

/// The helper is installed beside this program, never looked for along `PATH`.
fn helper() -> Option<PathBuf> {
    let beside = env::current_exe().ok()?.with_file_name(format!("halo-idle{}", env::consts::EXE_SUFFIX));
    Some(beside)
}
