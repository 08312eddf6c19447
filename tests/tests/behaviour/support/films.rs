//! A session manager such as GNOME's, as far as it is asked whether a program keeps the screen on.

use e2e::Desktop;

use super::peer::Peer;

const PLACE: &str = "/org/gnome/SessionManager";

pub struct Films(Peer);

struct Manager {
    film: bool,
}

#[zbus::interface(name = "org.gnome.SessionManager")]
impl Manager {
    fn is_inhibited(&self, flags: u32) -> bool {
        const IDLE: u32 = 8;
        self.film && flags & IDLE != 0
    }
}

impl Films {
    pub const NAME: &str = "org.gnome.SessionManager";

    pub fn start(desktop: &Desktop) -> Self {
        Self(Peer::connect(&desktop.session_bus().address(), |builder| {
            builder.serve_at(PLACE, Manager { film: false })?.name(Self::NAME)
        }))
    }

    /// A film begins, or is over.
    pub fn run(&self, film: bool) {
        let connection = self.0.connection();
        let change = if film { "InhibitorAdded" } else { "InhibitorRemoved" };
        self.0.wait(async {
            let manager = connection.object_server().interface::<_, Manager>(PLACE).await.expect("it is served");
            manager.get_mut().await.film = film;
            connection.emit_signal(None::<&str>, PLACE, Self::NAME, change, &()).await.expect("a signal");
        });
    }
}
