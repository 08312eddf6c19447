//! A wire to a server that breaks after so many bytes, wherever in a call that is.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

/// Connections that are passed on to a port, all of them together for so many bytes.
pub struct Wire {
    pub port: u16,
    left: Arc<AtomicI64>,
}

impl Wire {
    pub fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Self { port: listener.local_addr().unwrap().port(), left: Arc::new(AtomicI64::new(i64::MAX)) };
        let left = Arc::clone(&wire.left);
        // It ends with the test's process.
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                for stream in [&client, &server] {
                    stream.set_nodelay(true).unwrap();
                }
                let directions = [(client.try_clone(), server.try_clone()), (Ok(server), Ok(client))];
                for (from, to) in directions {
                    let (from, to, left) = (from.unwrap(), to.unwrap(), Arc::clone(&left));
                    thread::spawn(move || pass_on(from, to, &left));
                }
            }
        });
        wire
    }

    /// From now on it carries so many bytes, there and back together, and breaks.
    pub fn breaks_after(&self, bytes: i64) {
        self.left.store(bytes, Ordering::SeqCst);
    }

    /// From now on it doesn't break; whether it did.
    pub fn mend(&self) -> bool {
        self.left.swap(i64::MAX, Ordering::SeqCst) < 0
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, left: &AtomicI64) {
    let mut bytes = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        let before = left.fetch_sub(read.try_into().unwrap(), Ordering::SeqCst);
        let carried = read.min(before.max(0).try_into().unwrap());
        if to.write_all(&bytes[..carried]).is_err() || carried < read {
            break;
        }
    }
    _ = from.shutdown(Shutdown::Both);
    _ = to.shutdown(Shutdown::Both);
}
