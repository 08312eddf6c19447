//! The certificate and its key: read anew when the files change, so that a renewed one needs no restart.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, bail};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The files are looked at when somebody connects, and no more often than this.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// A certificate and a key, as they are in their files.
#[derive(Debug)]
pub struct Certificates {
    certificate: PathBuf,
    key: PathBuf,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    config: Arc<ServerConfig>,
    written: [Option<SystemTime>; 2],
    looked: Instant,
}

impl Certificates {
    /// Reads both.
    pub fn read(certificate: &Path, key: &Path) -> anyhow::Result<Self> {
        // An error would mean that there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let written = [certificate, key].map(written);
        let config = Arc::new(load(certificate, key)?);
        let held = Mutex::new(Held { config, written, looked: Instant::now() });
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), held })
    }

    /// What holds now. Files that can't be used are said in the log, and those of before go on.
    pub fn current(&self) -> Arc<ServerConfig> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.looked.elapsed() >= LOOK_EVERY {
            held.looked = Instant::now();
            let written = [&self.certificate, &self.key].map(|file| written(file));
            if written != held.written {
                match load(&self.certificate, &self.key) {
                    Ok(config) => {
                        tracing::info!("the certificate changed and is read anew");
                        held.config = Arc::new(config);
                    }
                    Err(error) => tracing::error!("the new certificate is not used, the one before goes on: {error:#}"),
                }
                held.written = written;
            }
        }
        Arc::clone(&held.config)
    }
}

fn written(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|found| found.modified()).ok()
}

fn load(certificate: &Path, key: &Path) -> anyhow::Result<ServerConfig> {
    let both = || format!("{} and {} are no certificate and key", certificate.display(), key.display());
    let chain = CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.with_context(|| format!("{} can't be read", certificate.display())).with_context(both)?;
    if chain.is_empty() {
        bail!("{}: {} holds no certificate in PEM", both(), certificate.display());
    }
    only_ours(key)?;
    let secret = PrivateKeyDer::from_pem_file(key);
    let secret = secret.with_context(|| format!("{} can't be read", key.display())).with_context(both)?;
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, secret);
    let mut config = config.with_context(both)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// A key that everybody on the machine can read is no secret.
fn only_ours(key: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    if let Ok(found) = key.metadata() {
        use std::os::unix::fs::PermissionsExt as _;
        if found.permissions().mode() & 0o007 != 0 {
            bail!("everybody on this machine can read the key {0}: chmod 640 {0}, or 600", key.display());
        }
    }
    Ok(())
}
