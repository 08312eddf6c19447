//! A program that the person's log-out did not end.

use local_socket::Stream;
use rustix::net::sockopt::socket_peercred;

/// Whether whoever listens at the other end runs in a session that the person has logged out of.
pub fn has_outlived_its_session(stream: &Stream) -> bool {
    let listener = socket_peercred(stream).ok().and_then(|peer| u32::try_from(peer.pid.as_raw_nonzero().get()).ok());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok();
    let (Some(listener), Some(runtime)) = (listener, runtime) else { return false };
    let outlived = runtime.block_on(signals::has_outlived_its_session(listener));
    // Whatever still waits for a bus is of no interest any more.
    runtime.shutdown_background();
    outlived
}
