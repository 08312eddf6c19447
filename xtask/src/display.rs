//! Whether there is a display that a program could open, and not only a variable left over from one.

use std::env;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// Where an X server listens.
#[derive(Debug, PartialEq)]
enum XServer {
    Local(PathBuf),
    Remote(String, u16),
}

pub(crate) fn reachable() -> bool {
    wayland() || x11()
}

fn wayland() -> bool {
    let Some(name) = env::var_os("WAYLAND_DISPLAY").filter(|name| !name.is_empty()) else { return false };
    let folder = PathBuf::from(env::var_os("XDG_RUNTIME_DIR").unwrap_or_default());
    // An absolute name replaces the folder.
    UnixStream::connect(folder.join(name)).is_ok()
}

fn x11() -> bool {
    let name = env::var("DISPLAY").unwrap_or_default();
    match x_server(&name) {
        Some(XServer::Local(socket)) => UnixStream::connect(socket).is_ok(),
        Some(XServer::Remote(host, port)) => {
            let addresses: Vec<SocketAddr> =
                (host.as_str(), port).to_socket_addrs().map(Iterator::collect).unwrap_or_default();
            addresses.iter().any(|address| TcpStream::connect_timeout(address, Duration::from_secs(2)).is_ok())
        }
        None => false,
    }
}

/// Reads `[host]:number[.screen]`.
fn x_server(display: &str) -> Option<XServer> {
    let (host, rest) = display.rsplit_once(':')?;
    let number: u16 = rest.split('.').next()?.parse().ok()?;
    match host {
        "" | "unix" => Some(XServer::Local(format!("/tmp/.X11-unix/X{number}").into())),
        host => Some(XServer::Remote(host.to_owned(), 6000_u16.checked_add(number)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_display_says_where_its_server_is() {
        assert_eq!(x_server(":1"), Some(XServer::Local("/tmp/.X11-unix/X1".into())));
        assert_eq!(x_server("unix:0.0"), Some(XServer::Local("/tmp/.X11-unix/X0".into())));
        assert_eq!(x_server("localhost:10.0"), Some(XServer::Remote("localhost".into(), 6010)));
        assert_eq!(x_server(""), None);
        assert_eq!(x_server(":x"), None);
    }
}
