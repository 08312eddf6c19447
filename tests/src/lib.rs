//! End-to-end tests and the private virtual desktop they run in.
//!
//! A [`Desktop`] is a whole log-in session of its own: X server, window manager, session bus, notification daemon,
//! tray host, keyring, stand-ins for the system bus and for screen lockers. Nothing in it can see or be seen by the
//! session of the person who runs the tests, and dropping it leaves no process and no file behind. `cargo xtask run`
//! uses the same desktop on a machine without a display.
//!
//! It must not know how Halo works: it starts programs ([`Halo`] is the one under test), sends input and reads what a
//! person or another program on the bus could read. It is part of the first thing compiled on a fresh clone, hence std
//! and four small crates, with `gdbus` for the little D-Bus it speaks itself.

mod accessibility;
mod builder;
mod bus;
mod desktop;
mod display;
mod folders;
mod front;
mod halo;
mod keyring;
mod locker;
mod logind;
mod notifications;
mod process;
mod program;
mod screensaver;
mod sound;
mod stage;
mod team_service;
mod tray_host;
mod warden;
mod window_driver;

pub use accessibility::Accessibility;
pub use builder::Builder;
pub use bus::Bus;
pub use desktop::Desktop;
pub use front::Front;
pub use halo::{Halo, SOON, Said, Watch};
pub use keyring::{KeyringPrompter, RefusingKeyring};
pub use locker::{MateScreensaver, XScreenSaver};
pub use logind::LogindMock;
pub use process::{run_to_end, wait_until};
pub use program::{halo_program, keyring_program, skip};
pub use screensaver::FakeScreensaver;
pub use sound::{Recording, Sound};
pub use team_service::{PASSWORD, TeamService};
pub use window_driver::WindowDriver;
