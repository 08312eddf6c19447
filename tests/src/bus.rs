//! A private message bus: `dbus-daemon` with a configuration of our own and an empty service folder, so that nothing is
//! started by the bus behind a test's back. Its address lies in the desktop's folder and survives a restart.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::folders::write_file;
use crate::process::{Service, run_to_end, wait_until};
use crate::stage::Stage;

/// Everyone may connect, own and hear everything. The screen locker runs as another user, hence `user="*"`.
const CONFIGURATION: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=@SOCKET@</listen>
  <auth>EXTERNAL</auth>
  <servicedir>@SERVICES@</servicedir>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow receive_sender="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
  </policy>
</busconfig>
"#;

/// A message bus that answers: a place to call methods on and to wait for names. Cheap to clone; it does not keep the
/// bus running.
#[derive(Debug, Clone)]
pub struct Bus {
    socket: PathBuf,
}

impl Bus {
    pub(crate) fn at(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// The address that goes into `DBUS_SESSION_BUS_ADDRESS` or `DBUS_SYSTEM_BUS_ADDRESS`.
    pub fn address(&self) -> String {
        format!("unix:path={}", self.socket.display())
    }

    /// Calls `method` ("org.example.Interface.Method") with arguments in `GVariant` text form, and gives the answer in
    /// the same form, such as `(true,)`.
    pub fn call(&self, service: &str, object: &str, method: &str, arguments: &[&str]) -> Result<String> {
        let address = self.address();
        let fixed = ["call", "--address", &address, "--timeout", "10", "-d", service, "-o", object, "-m", method];
        // The end of options: an argument may begin with a minus sign.
        let answer = run_to_end(Command::new("gdbus").args(fixed).arg("--").args(arguments))?;
        Ok(answer.trim_end().to_owned())
    }

    /// Calls `method` without arguments and without waiting: for services that never answer.
    pub(crate) fn send(&self, service: &str, object: &str, method: &str) -> Result<()> {
        let mut command = Command::new("dbus-send");
        command.env("DBUS_SESSION_BUS_ADDRESS", self.address());
        run_to_end(command.args(["--session", "--type=method_call", &format!("--dest={service}"), object, method]))?;
        Ok(())
    }

    /// True if someone owns `name` on this bus.
    pub fn has_owner(&self, name: &str) -> bool {
        let asked =
            self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.NameHasOwner", &[name]);
        asked.is_ok_and(|answer| answer == "(true,)")
    }

    /// Waits until someone owns `name` (true) or `limit` has passed (false).
    pub fn wait_for_owner(&self, name: &str, limit: Duration) -> bool {
        wait_until(limit, || self.has_owner(name))
    }

    /// Has the bus start `command` when somebody first asks for `name`, as desktops do with parts that are rarely used.
    pub fn starts_on_demand(&self, name: &str, command: &str) -> Result<()> {
        let entry = format!("[D-BUS Service]\nName={name}\nExec={command}\n");
        write_file(&services(&self.socket).join(format!("{name}.service")), &entry)?;
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.ReloadConfig", &[])?;
        Ok(())
    }

    fn answers(&self) -> bool {
        UnixStream::connect(&self.socket).is_ok()
    }
}

/// Where a bus learns what it may start.
fn services(socket: &Path) -> PathBuf {
    socket.with_extension("services")
}

/// Starts the private session bus.
pub(crate) fn start_session_bus(stage: &Stage) -> Result<Service> {
    start("session", &stage.session_bus, stage)
}

/// Starts the private bus that stands for the system bus.
pub(crate) fn start_system_bus(stage: &Stage) -> Result<Service> {
    start("system", &stage.system_bus, stage)
}

fn start(kind: &str, bus: &Bus, stage: &Stage) -> Result<Service> {
    let configuration = stage.folders.root().join(format!("{kind}-bus.conf"));
    // As a "system" bus the daemon would insist on root's ownership of things; a session bus serves as one.
    let services = services(&bus.socket);
    fs::create_dir_all(&services)?;
    let text = CONFIGURATION.replace("@SOCKET@", &bus.socket.to_string_lossy());
    write_file(&configuration, &text.replace("@SERVICES@", &services.to_string_lossy()))?;
    // A bus that was killed leaves its socket behind.
    let _ = fs::remove_file(&bus.socket);
    let mut daemon = Service::start_quiet(
        &format!("{kind}-bus"),
        stage.command("dbus-daemon").args(["--nofork", "--nopidfile", "--config-file"]).arg(&configuration),
        &stage.folders.logs(),
    )?;
    daemon.wait_until_ready(|| bus.answers()).with_context(|| format!("the private {kind} bus does not work"))?;
    Ok(daemon)
}
