//! A stand-in for logind on the desktop's system bus: python-dbusmock with its `logind` template.

use anyhow::{Context as _, Result};

use crate::bus::Bus;
use crate::desktop::Desktop;
use crate::process::Service;

const SERVICE: &str = "org.freedesktop.login1";
const MANAGER: &str = "/org/freedesktop/login1";
const SESSION_ID: &str = "c1";
const SESSION: &str = "/org/freedesktop/login1/session/c1";
const SEAT: &str = "/org/freedesktop/login1/seat/seat0";

/// A logind with one active, local session. Dropping it takes logind off the bus.
#[derive(Debug)]
pub struct LogindMock {
    _mock: Service,
    bus: Bus,
}

impl Desktop {
    /// Starts the stand-in; its session is `XDG_SESSION_ID` for every program that is started from now on. Needs the
    /// desktop's system bus.
    pub fn start_logind_mock(&mut self) -> Result<LogindMock> {
        let bus = self.system_bus();
        let mut command = self.command("/usr/bin/python3");
        command.args(["-m", "dbusmock", "--system", "--template", "logind"]);
        let mut mock = Service::start_quiet("logind", &mut command, &self.log_dir())?;
        mock.wait_until_ready(|| bus.has_owner(SERVICE))
            .context("the stand-in for logind needs a desktop with a system bus, and python3-dbusmock")?;
        let logind = LogindMock { _mock: mock, bus };
        let user = rustix::process::getuid().as_raw().to_string();
        logind.configure("AddSession", MANAGER, &[SESSION_ID, "seat0", &user, "someone", "true"])?;
        // The template lacks what a program without XDG_SESSION_ID asks.
        let by_process = format!("ret = dbus.ObjectPath('{SESSION}')");
        logind.configure(
            "AddMethod",
            MANAGER,
            &["org.freedesktop.login1.Manager", "GetSessionByPID", "u", "o", &by_process],
        )?;
        self.stage.logind_session = Some(SESSION_ID.to_owned());
        Ok(logind)
    }
}

impl LogindMock {
    /// The session's id, as in `XDG_SESSION_ID`.
    pub fn session_id(&self) -> &'static str {
        SESSION_ID
    }

    /// The session's object path.
    pub fn session_path(&self) -> &'static str {
        SESSION
    }

    /// Sets the session's `LockedHint` and tells of it, as a screen locker does.
    pub fn set_locked_hint(&self, locked: bool) -> Result<()> {
        self.set("org.freedesktop.login1.Session", SESSION, "LockedHint", locked)
    }

    /// Logs a person in at the same seat, whose session is in front from now on: somebody else, or the same one again.
    pub fn begin_session(&self, id: &str, same_person: bool) -> Result<()> {
        let us = rustix::process::getuid().as_raw();
        let user = if same_person { us } else { us + 1 }.to_string();
        self.configure("AddSession", MANAGER, &[id, "seat0", &user, "another", "true"])
    }

    /// Puts a session in front of the seat, as a switch of users does.
    pub fn show_session(&self, id: &str) -> Result<()> {
        let shown = format!("<('{id}', objectpath '/org/freedesktop/login1/session/{id}')>");
        let arguments = ["org.freedesktop.login1.Seat", "ActiveSession", &shown];
        self.bus.call(SERVICE, SEAT, "org.freedesktop.DBus.Properties.Set", &arguments)?;
        Ok(())
    }

    /// Logs the person out of a session in which a program lives on: it is closing, and no signal says so.
    pub fn close_session(&self, id: &str) -> Result<()> {
        const INTERFACE: &str = "org.freedesktop.login1.Session";
        let path = format!("/org/freedesktop/login1/session/{id}");
        let close = format!("self.props['{INTERFACE}']['State'] = 'closing'");
        self.configure("AddMethod", &path, &[INTERFACE, "BeginToClose", "", "", &close])?;
        self.bus.call(SERVICE, &path, &format!("{INTERFACE}.BeginToClose"), &[])?;
        Ok(())
    }

    /// Ends a session, as happens when its last program has ended.
    pub fn remove_session(&self, id: &str) -> Result<()> {
        let path = format!("/org/freedesktop/login1/session/{id}");
        self.configure("RemoveObject", MANAGER, &[&path])?;
        let arguments = format!("[<'{id}'>, <objectpath '{path}'>]");
        let signal = ["org.freedesktop.login1.Manager", "SessionRemoved", "so", &arguments];
        self.configure("EmitSignal", MANAGER, &signal)
    }

    /// Asks the session to lock or unlock, as `loginctl lock-session` does.
    pub fn emit_lock(&self, lock: bool) -> Result<()> {
        let method = if lock { "Lock" } else { "Unlock" };
        self.bus.call(SERVICE, SESSION, &format!("org.freedesktop.login1.Session.{method}"), &[])?;
        Ok(())
    }

    /// Says that the machine is about to sleep (true) or has woken up (false).
    pub fn emit_prepare_for_sleep(&self, asleep: bool) -> Result<()> {
        const INTERFACE: &str = "org.freedesktop.login1.Manager";
        self.set(INTERFACE, MANAGER, "PreparingForSleep", asleep)?;
        let argument = format!("[<{asleep}>]");
        self.configure("EmitSignal", MANAGER, &[INTERFACE, "PrepareForSleep", "b", &argument])
    }

    fn set(&self, interface: &str, object: &str, property: &str, value: bool) -> Result<()> {
        self.configure("UpdateProperties", object, &[interface, &format!("{{'{property}': <{value}>}}")])
    }

    /// Calls one of dbusmock's own methods.
    fn configure(&self, method: &str, object: &str, arguments: &[&str]) -> Result<()> {
        self.bus.call(SERVICE, object, &format!("org.freedesktop.DBus.Mock.{method}"), arguments)?;
        Ok(())
    }
}
