//! What one question costs in a big organisation: everything that holds, when a device says hello; and a search.

use std::ops::Range;

use anyhow::{Context as _, Result, ensure};

use crate::directory::{Directory, name};
use crate::numbers::count;
use crate::plan::Plan;
use crate::servers::Starter;
use crate::socket::Socket;
use crate::table::{Goal, Table};

/// Measures both, in this directory.
pub(crate) async fn measure(plan: &Plan, starter: &Starter, directory: &Directory, table: &mut Table) -> Result<()> {
    let (place, halo) = starter.halo(directory)?;
    let (server, persons) = (&place.server, directory.persons());
    let last = persons.min(directory.stage + plan.asks);
    let askers = last - plan.asks.min(last)..last;
    let each = count(askers.len());

    let before = server.work();
    let mut sockets = Vec::new();
    for who in askers.clone() {
        sockets.push(halo.begin(server.at, who, |_| ()).await?);
    }
    let what = format!("hello to snapshot, {persons} persons: CPU for a device that signs in");
    table.add(what, (server.work() - before) * 1000.0 / each, "ms", Goal::None);

    // Each takes the place of the connection before, so that nobody is lost meanwhile.
    let before = server.work();
    for who in askers.clone() {
        sockets.push(halo.begin(server.at, who, |_| ()).await?);
    }
    let what = format!("hello to snapshot, {persons} persons: CPU for a device that comes back");
    table.add(what, (server.work() - before) * 1000.0 / each, "ms", Goal::most(1.0));

    let mut socket = Socket::connect(server.at, 0).await?;
    let before = server.work();
    for who in askers.clone() {
        search(&mut socket, &directory.tokens[who], &name(neighbour(who, &askers))).await?;
    }
    let what = format!("GET /v1/people?search= with one hit, {persons} persons: CPU");
    table.add(what, (server.work() - before) * 1000.0 / each, "ms", Goal::most(1.0));
    Ok(())
}

/// Somebody in the same team, which begins with the first of the askers.
fn neighbour(who: usize, askers: &Range<usize>) -> usize {
    if (who - askers.start).is_multiple_of(2) { who + 1 } else { who - 1 }
}

async fn search(socket: &mut Socket, token: &str, name: &str) -> Result<()> {
    let request =
        format!("GET /v1/people?search={name} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n\r\n");
    socket.send(request.as_bytes()).await?;
    let head = String::from_utf8(socket.read_until(b"\r\n\r\n").await?)?.to_lowercase();
    ensure!(head.starts_with("http/1.1 200"), "the search is refused: {head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let length = length.context("the answer has no length")?;
    while socket.coming.len() < length {
        socket.read().await?;
    }
    let body = String::from_utf8(socket.take(length))?;
    let hits = body.matches(&format!("\"name\":\"{name}\"")).count();
    ensure!(hits == 1, "{hits} hits for {name}: {body}");
    Ok(())
}
