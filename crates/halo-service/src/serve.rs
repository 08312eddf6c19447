//! `halo-service serve`: from start to end.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use anyhow::Context;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use jiff::SignedDuration;
use protocol::Secret;
use service::{Hashed, Service, Sharing};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::{Config, LogFormat};
use crate::http::{App, router};
use crate::metrics::Metrics;
use crate::{backup, desk};

/// How long requests in hand may take when the service ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// Serves until told to end.
pub fn serve(config: &Config) -> anyhow::Result<()> {
    begin_log(config.log);
    let policy = config.policy()?;
    let ping_seconds = policy.connection.ping_seconds;
    let _lock = backup::lock(&config.data)?;
    let (service, _) = Service::open(&config.data, policy, Sharing::Shared)?;
    let metrics = Metrics::new();
    let (handle, thread) =
        desk::start(service, metrics.clone(), days(config.history_days)).context("no thread can be started")?;
    let nobody = Hashed::of(&Secret::from("a password that nobody has".to_owned()))?;
    let lifetime = days(config.token_days);
    let (end, ending) = watch::channel(false);
    let app = App::new(handle, metrics, nobody, lifetime, ping_seconds, ending);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no event loop")?;
    let served = runtime.block_on(listen(config, app, end));
    drop(runtime);
    // The last handle is gone: the log is closed before the program ends.
    thread.join().ok();
    served
}

fn days(days: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

async fn listen(config: &Config, app: App, end: watch::Sender<bool>) -> anyhow::Result<()> {
    let listener = TcpListener::bind(config.listen)
        .with_context(|| format!("can't listen on {}: is another program there?", config.listen))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let handle = Handle::new();
    tokio::spawn(end_politely(handle.clone(), end));
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    if let (Some(certificate), Some(key)) = (&config.tls_certificate, &config.tls_key) {
        // An error would mean that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = RustlsConfig::from_pem_file(certificate, key)
            .await
            .with_context(|| format!("{} and {} are no certificate and key", certificate.display(), key.display()))?;
        announce("https", address);
        axum_server::from_tcp_rustls(listener, tls)?.handle(handle).serve(service).await?;
    } else {
        announce("http", address);
        axum_server::from_tcp(listener)?.handle(handle).serve(service).await?;
    }
    tracing::info!("ended");
    Ok(())
}

/// One line on the standard output, for people and for whoever started this.
fn announce(scheme: &str, address: SocketAddr) {
    tracing::info!(scheme, %address, "serving");
    println!("Halo service at {scheme}://{address}");
}

async fn end_politely(handle: Handle<SocketAddr>, end: watch::Sender<bool>) {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("asked to end");
    end.send_replace(true);
    handle.graceful_shutdown(Some(FAREWELL));
}

fn begin_log(format: LogFormat) {
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(tracing::Level::INFO);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}
