//! Something that stands in front of a service, as proxies, portals and load balancers do: it lets everything through, or
//! answers in the service's place, or is gone like a network.

use std::io::{Read as _, Write as _, copy};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::team_service::TeamService;

/// What stands in front. Dropping it leaves nothing of it but a closed port.
#[derive(Debug)]
pub struct Front {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug)]
struct Shared {
    behind: SocketAddr,
    mood: Mood,
    /// Both ends of every connection.
    open: Vec<TcpStream>,
}

#[derive(Debug, Clone)]
enum Mood {
    LetsThrough,
    Answers(Arc<str>),
    Gone,
}

impl Front {
    /// Stands in front of a service and lets everything through.
    #[track_caller]
    pub fn of(service: &TeamService) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let behind = SocketAddr::from(([127, 0, 0, 1], service.port()));
        let shared = Arc::new(Mutex::new(Shared { behind, mood: Mood::LetsThrough, open: Vec::new() }));
        let front = Self { address, shared: Arc::clone(&shared) };
        // It ends with the test's program.
        thread::spawn(move || listener.incoming().flatten().for_each(|came| meet(came, &shared)));
        front
    }

    /// Where programs reach it.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on it lets everything through.
    pub fn let_through(&self) {
        self.change(Mood::LetsThrough);
    }

    /// From now on it ends each connection, as a network that is gone.
    pub fn cut(&self) {
        self.change(Mood::Gone);
    }

    /// From now on it answers every request so: a status line, headers that end in line feeds, a body.
    pub fn answer(&self, status: &str, headers: &str, body: &str) {
        let headers = headers.replace('\n', "\r\n");
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}");
        self.change(Mood::Answers(answer.into()));
    }

    fn change(&self, mood: Mood) {
        let mut shared = lock(&self.shared);
        shared.mood = mood;
        for stream in shared.open.drain(..) {
            // One that has ended already needs no end.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.cut();
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn meet(mut came: TcpStream, shared: &Mutex<Shared>) {
    let mut shared = lock(shared);
    match shared.mood.clone() {
        Mood::Gone => {}
        Mood::Answers(answer) => drop(thread::spawn(move || {
            let mut request = Vec::new();
            let mut byte = [0];
            while !request.ends_with(b"\r\n\r\n") && came.read_exact(&mut byte).is_ok() {
                request.extend(byte);
            }
            // Whoever hung up needs no answer.
            let _ = came.write_all(answer.as_bytes());
        })),
        Mood::LetsThrough => {
            let Ok(behind) = TcpStream::connect(shared.behind) else { return };
            let ends = [came.try_clone(), behind.try_clone()];
            shared.open.extend(ends.into_iter().flatten());
            for (from, to) in [(came.try_clone(), behind.try_clone()), (Ok(behind), Ok(came))] {
                let (Ok(mut from), Ok(mut to)) = (from, to) else { continue };
                thread::spawn(move || {
                    let _ = copy(&mut from, &mut to);
                    let _ = to.shutdown(Shutdown::Write);
                });
            }
        }
    }
}
