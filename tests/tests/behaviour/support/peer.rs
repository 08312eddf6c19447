//! Another program on the session bus, in a thread of its own.

use std::sync::mpsc;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use zbus::Connection;
use zbus::connection;

/// A connection and the thread that drives it. Dropping it takes its names off the bus.
pub struct Peer {
    connection: Connection,
    handle: Handle,
    _stop: oneshot::Sender<()>,
}

impl Peer {
    /// Connects to the bus at `address`; `furnish` adds objects and names.
    pub fn connect(
        address: &str,
        furnish: impl FnOnce(connection::Builder<'_>) -> zbus::Result<connection::Builder<'_>> + Send + 'static,
    ) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (opened, open) = mpsc::channel();
        let address = address.to_owned();
        std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("an event loop");
            let handle = runtime.handle().clone();
            runtime.block_on(async move {
                let builder = connection::Builder::address(address.as_str()).and_then(furnish);
                let connection = builder.expect("a sound address").build().await.expect("a place on the bus");
                let serving = connection.clone();
                let _ = opened.send((connection, handle));
                // Until the owner goes: it holds the other end and never sends.
                let _ = stopped.await;
                let _ = serving.close().await;
            });
        });
        let (connection, handle) = open.recv().expect("a place on the bus");
        Self { connection, handle, _stop: stop }
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Waits for something on this connection.
    pub fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.handle.block_on(what)
    }
}
