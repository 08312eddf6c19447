//! `halo-service serve`: from start to end.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use engine::Hashed;
use jiff::SignedDuration;
use log_sqlite::{Sharing, Sqlite};
use protocol::Secret;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::Engine;
use crate::callers::Callers;
use crate::certificates::Certificates;
use crate::config::{Config, LogFormat, LogLevel};
use crate::connections::{self, Door};
use crate::http::{App, metrics_router, router};
use crate::metrics::Metrics;
use crate::{backup, limits, policy, writer};

/// Serves until told to end.
pub fn serve(config: &Config) -> anyhow::Result<()> {
    begin_log(config.log, config.log_level);
    limits::warn_of_root();
    limits::raise_open_files();
    let lock = backup::lock(&config.data)?;
    limits::check_data(&config.data)?;
    let policy = policy::in_force(config)?;
    let ping_seconds = policy.connection.ping_seconds;
    let (keeper, _) = Sqlite::open(&config.data, Sharing::Shared)?;
    let engine = Engine::new(keeper, policy)?;
    let metrics = Metrics::new();
    let (end, ending) = watch::channel(false);
    let started = writer::start(engine, metrics.clone(), days(config.history_days), lock, end.clone());
    let (handle, thread) = started.context("no thread can be started")?;
    let nobody = Hashed::of(&Secret::from("a password that nobody has".to_owned()))?;
    let lifetime = days(config.token_days);
    let callers = Arc::new(Callers::new(config.trusted_proxies.clone()));
    let app = App::new(handle, metrics.clone(), Arc::clone(&callers), nobody, lifetime, ping_seconds, ending.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("no event loop")?;
    let served = runtime.block_on(async {
        let metrics = (config.metrics_listen, metrics_router(metrics));
        listen(config, callers, router(app), metrics, end, ending).await
    });
    drop(runtime);
    // The last handle is gone: the log is closed before the program ends.
    if let Ok(Some(why)) = thread.join() {
        anyhow::bail!(why);
    }
    served
}

fn days(days: u16) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}

async fn listen(
    config: &Config,
    callers: Arc<Callers>,
    router: Router,
    (metrics_listen, metrics): (SocketAddr, Router),
    end: watch::Sender<bool>,
    ending: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let certificates = match (&config.tls_certificate, &config.tls_key) {
        (Some(certificate), Some(key)) => Some(Certificates::read(certificate, key)?),
        _ => None,
    };
    let scheme = if certificates.is_some() { "https" } else { "http" };
    // A file that may not grow any more is then refused like a full disk, instead of ending the program.
    let _file_too_large = signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?;
    let (listener, address) = bind(config.listen).await?;
    let (counters, counters_at) =
        bind(metrics_listen).await.context("metrics_listen is the address of the counters: set another one")?;
    tokio::spawn(end_politely(end));
    tracing::info!(scheme, %address, metrics = %counters_at, "serving");
    // For people, and for whoever started this.
    println!("Halo service at {scheme}://{address}");
    println!("Metrics at http://{counters_at}/metrics");
    let counters = Door { listener: counters, certificates: None, callers: Arc::clone(&callers) };
    let counted = tokio::spawn(connections::serve(counters, metrics, ending.clone()));
    connections::serve(Door { listener, certificates, callers }, router, ending).await;
    counted.await.ok();
    tracing::info!("ended");
    Ok(())
}

async fn bind(address: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("can't listen on {address}: is another program there?"))?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn end_politely(end: watch::Sender<bool>) {
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
}

fn begin_log(format: LogFormat, level: LogLevel) {
    let level = match level {
        LogLevel::Error => tracing::Level::ERROR,
        LogLevel::Warn => tracing::Level::WARN,
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Debug => tracing::Level::DEBUG,
    };
    let builder = tracing_subscriber::fmt().with_writer(std::io::stderr).with_max_level(level);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}
