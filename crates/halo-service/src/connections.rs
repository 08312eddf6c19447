//! Connections: who is let in, under a certificate or not, and for how long they may say nothing.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use crate::callers::{Callers, Place};
use crate::certificates::Certificates;

/// For how long a connection may say nothing: in the TLS handshake, in a request's headers, and between two requests;
/// and for how long it may take nothing of an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long requests in hand may take when the service ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// The longest headers, in bytes.
const LONGEST_HEADERS: usize = 64 * 1024;

/// After an attempt to accept that failed, the next one waits so long.
const PAUSE: Duration = Duration::from_millis(50);

/// What keeps the service from accepting is said at most this often.
const COMPLAIN_EVERY: Duration = Duration::from_secs(10);

/// Where to listen, and how.
pub struct Door {
    pub listener: TcpListener,
    /// `None`: in the clear.
    pub certificates: Option<Certificates>,
    /// How many connections each address has.
    pub callers: Arc<Callers>,
}

/// Serves until told to end; then requests in hand are answered.
pub async fn serve(door: Door, router: Router, mut ending: watch::Receiver<bool>) {
    let mut conversations = JoinSet::new();
    let mut complained = None;
    loop {
        let accepted = tokio::select! {
            accepted = door.listener.accept() => accepted,
            () = ended(&mut ending) => break,
        };
        while conversations.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                // Whoever has too many already is hung up on.
                let Some(place) = door.callers.admit(peer.ip()) else { continue };
                let config = door.certificates.as_ref().map(Certificates::current);
                conversations.spawn(converse(stream, peer, config, router.clone(), ending.clone(), place));
            }
            Err(error) => {
                complain(&error, &mut complained);
                sleep(PAUSE).await;
            }
        }
    }
    drop(door);
    // Whatever takes longer is cut off.
    let _ = timeout(FAREWELL, conversations.join_all()).await;
}

/// One that hung up in the queue is nobody's trouble; anything else is the administrator's.
fn complain(error: &io::Error, complained: &mut Option<Instant>) {
    if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
        || complained.is_some_and(|at| at.elapsed() < COMPLAIN_EVERY)
    {
        return;
    }
    *complained = Some(Instant::now());
    tracing::error!(
        "no further connection can be taken: {error}. If it is for want of open files, raise the limit (LimitNOFILE in the systemd unit, ulimit -Hn elsewhere)"
    );
}

async fn converse(
    stream: TcpStream,
    peer: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    ending: watch::Receiver<bool>,
    place: Place,
) {
    // Messages are short, and whoever waits for one should not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    // Whoever takes nothing of what is sent to them is hung up on.
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(PATIENCE));
    let stream = Box::pin(stream);
    let place = Arc::new(place);
    match tls {
        None => speak(stream, peer, router, ending, place).await,
        Some(config) => {
            if let Ok(Ok(stream)) = timeout(PATIENCE, TlsAcceptor::from(config).accept(stream)).await {
                speak(stream, peer, router, ending, place).await;
            }
        }
    }
}

/// HTTP/1 on a connection, until it ends or becomes a stream.
async fn speak<S>(stream: S, peer: SocketAddr, router: Router, mut ending: watch::Receiver<bool>, place: Arc<Place>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        // A stream keeps it for longer than this conversation lasts.
        request.extensions_mut().insert(Arc::clone(&place));
        router.clone().call(request)
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(LONGEST_HEADERS);
    let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let over = tokio::select! {
        over = connection.as_mut() => over,
        () = ended(&mut ending) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = over {
        tracing::debug!("a connection broke: {error}");
    }
}

/// Until the service is to end.
async fn ended(ending: &mut watch::Receiver<bool>) {
    // An error means that it has ended.
    let _ = ending.wait_for(|ending| *ending).await;
}
