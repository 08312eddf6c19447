//! A device that is connected: it answers pings and hears what it is told, without a line of Halo's own.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use e2e::wait_until;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::api::{Api, hello};

/// Long enough for two busy cores.
const SOON: Duration = Duration::from_secs(10);

pub struct Device {
    stream: TcpStream,
    heard: Arc<Mutex<Heard>>,
}

#[derive(Default)]
struct Heard {
    said: Vec<Value>,
    ended: bool,
}

impl Device {
    /// Connects, and waits for the snapshot.
    #[track_caller]
    pub fn connect(api: &Api) -> Self {
        let device = Self::connect_with(api, &json!([]));
        device.hears("the snapshot", |said| said.get("snapshot").is_some());
        device
    }

    /// Says hello with these writes, and does not wait.
    #[track_caller]
    pub fn connect_with(api: &Api, writes: &Value) -> Self {
        let stream = api.open_stream();
        stream.set_nodelay(true).unwrap();
        let mut socket = WebSocket::from_raw_socket(stream.try_clone().unwrap(), Role::Client, None);
        socket.send(text(&hello(writes))).unwrap();
        let heard = Arc::new(Mutex::new(Heard::default()));
        let ears = Arc::clone(&heard);
        thread::spawn(move || {
            while let Ok(message) = socket.read() {
                if let Message::Text(said) = message {
                    ears.lock().unwrap().said.push(serde_json::from_str(&said).unwrap());
                }
            }
            ears.lock().unwrap().ended = true;
        });
        Self { stream, heard }
    }

    /// Asks for a write, and does not wait.
    pub fn write(&self, key: &str, what: &Value) {
        let mut socket = WebSocket::from_raw_socket(&self.stream, Role::Client, None);
        // Whoever was cut off finds that out by its answers.
        let _ = socket.send(text(&json!({ "write": { "key": key, "what": what } })));
    }

    /// Waits until the service has said something of this kind.
    #[track_caller]
    pub fn hears(&self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let mut found = None;
        wait_until(SOON, || {
            found = self.said().into_iter().find(|said| is_it(said));
            found.is_some()
        });
        found.unwrap_or_else(|| panic!("{what} is not said, only: {:?}", self.said()))
    }

    /// Waits until the connection has ended, no longer than this.
    #[track_caller]
    pub fn ends_within(&self, limit: Duration) {
        assert!(wait_until(limit, || self.has_ended()), "it goes on after {limit:?}: {:?}", self.said());
    }

    pub fn has_ended(&self) -> bool {
        self.heard.lock().unwrap().ended
    }

    /// All that the service has said.
    pub fn said(&self) -> Vec<Value> {
        self.heard.lock().unwrap().said.clone()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn text(value: &Value) -> Message {
    Message::Text(Utf8Bytes::from(value.to_string()))
}
