//! Configuration: a file, and variables of the environment that go before it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::networks::Network;

/// Everything that an administrator may set. `halo-service.toml`; each key also as `HALO_SERVICE_KEY`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where counters are answered, on a listener of their own.
    pub metrics_listen: SocketAddr,
    /// The proxies in front: what they say of where a request comes from is believed.
    pub trusted_proxies: Vec<Network>,
    /// Where the log lies.
    pub data: PathBuf,
    /// The organisation's policy; the shipped one if none is named.
    pub policy: Option<PathBuf>,
    /// The certificate and those above it, PEM.
    pub tls_certificate: Option<PathBuf>,
    /// Its key, PEM.
    pub tls_key: Option<PathBuf>,
    /// How many days a sign-in lasts without being renewed.
    pub token_days: u16,
    /// How many days history is kept.
    pub history_days: u16,
    /// `text` or `json`.
    pub log: LogFormat,
    /// What is said in it.
    pub log_level: LogLevel,
}

/// How much the program's own log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What needs somebody.
    Error,
    /// What may need somebody, too.
    Warn,
    /// What happens, too.
    Info,
    /// Each request, too.
    Debug,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7443)),
            metrics_listen: SocketAddr::from(([127, 0, 0, 1], 7444)),
            trusted_proxies: Vec::new(),
            data: PathBuf::from("/var/lib/halo-service"),
            policy: None,
            tls_certificate: None,
            tls_key: None,
            token_days: 30,
            history_days: 400,
            log: LogFormat::Text,
            log_level: LogLevel::Info,
        }
    }
}

/// Where the file is looked for if none is named.
pub const FILE: &str = "/etc/halo-service/halo-service.toml";

/// All keys.
const KEYS: &[&str] = &[
    "listen",
    "metrics_listen",
    "trusted_proxies",
    "data",
    "policy",
    "tls_certificate",
    "tls_key",
    "token_days",
    "history_days",
    "log",
    "log_level",
];

/// The text of a file that an administrator named. To open a pipe would be to wait for ever.
pub fn text_of(path: &Path) -> anyhow::Result<String> {
    let found = path.metadata().with_context(|| format!("{} can't be read", path.display()))?;
    anyhow::ensure!(found.is_file(), "{} is a folder, a pipe or a device: name a file", path.display());
    std::fs::read_to_string(path).with_context(|| format!("{} can't be read", path.display()))
}

impl Config {
    /// Reads the file, if it is there or was named, and what the environment says instead.
    pub fn load(named: Option<&Path>, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let path = named.unwrap_or(Path::new(FILE));
        let is_missing = path.metadata().is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound);
        let text = if is_missing && named.is_none() { String::new() } else { text_of(path)? };
        let mut table: toml::Table =
            toml::from_str(&text).with_context(|| format!("{} has an error: correct it", path.display()))?;
        for key in KEYS {
            let Some(value) = variable(&format!("HALO_SERVICE_{}", key.to_uppercase())) else { continue };
            table.insert((*key).to_owned(), from_variable(key, value));
        }
        if let Some(level) = variable("HALO_LOG") {
            table.insert("log_level".to_owned(), toml::Value::String(level));
        }
        let config: Self = table.try_into().with_context(|| {
            format!("the configuration ({} and HALO_SERVICE_…) has an error: correct it", path.display())
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        if self.tls_certificate.is_some() != self.tls_key.is_some() {
            bail!("TLS needs both: set tls_certificate and tls_key");
        }
        if self.tls_key.is_none() && !self.listen.ip().is_loopback() {
            bail!(
                "{} can be reached by others, and without TLS they could read passwords: set tls_certificate and tls_key, or listen on 127.0.0.1 behind a proxy that does TLS",
                self.listen
            );
        }
        if !(1..=365).contains(&self.token_days) {
            bail!("token_days is 1 to 365");
        }
        if self.history_days == 0 {
            bail!("history_days is at least 1");
        }
        Ok(())
    }
}

/// The value of a variable, which is text, as the kind that its key takes.
fn from_variable(key: &str, value: String) -> toml::Value {
    if key.ends_with("_days")
        && let Ok(number) = value.parse()
    {
        return toml::Value::Integer(number);
    }
    if key == "trusted_proxies" {
        let proxies = value.split([',', ' ']).map(str::trim).filter(|proxy| !proxy.is_empty());
        return toml::Value::Array(proxies.map(|proxy| toml::Value::String(proxy.to_owned())).collect());
    }
    toml::Value::String(value)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop at once")]
mod tests {
    use super::*;

    fn load(text: &str, variables: &[(&str, &str)]) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("halo-service.toml");
        std::fs::write(&file, text).unwrap();
        let variables: Vec<_> = variables.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        Config::load(Some(&file), |name| {
            variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        })
    }

    #[test]
    fn the_environment_goes_before_the_file() {
        let config = load("token_days = 7\nlog = \"json\"", &[("HALO_SERVICE_TOKEN_DAYS", "90")]).unwrap();
        assert_eq!((config.token_days, config.log), (90, LogFormat::Json));
    }

    #[test]
    fn proxies_are_a_list_in_the_file_and_in_the_environment() {
        let wanted: Vec<Network> = ["127.0.0.1", "10.0.0.0/8"].map(|proxy| proxy.parse().unwrap()).to_vec();
        let config = load("trusted_proxies = [\"127.0.0.1\", \"10.0.0.0/8\"]", &[]).unwrap();
        assert_eq!(config.trusted_proxies, wanted);
        let config = load("", &[("HALO_SERVICE_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8")]).unwrap();
        assert_eq!(config.trusted_proxies, wanted);
        let error = load("", &[("HALO_SERVICE_TRUSTED_PROXIES", "proxy.example")]).unwrap_err();
        assert!(format!("{error:#}").contains("proxy.example"), "{error:#}");
    }

    #[test]
    fn how_much_is_said_is_set_in_the_file_or_by_halo_log() {
        assert_eq!(load("log_level = \"warn\"", &[]).unwrap().log_level, LogLevel::Warn);
        assert_eq!(load("log_level = \"warn\"", &[("HALO_LOG", "debug")]).unwrap().log_level, LogLevel::Debug);
        assert!(format!("{:#}", load("", &[("HALO_LOG", "loud")]).unwrap_err()).contains("loud"));
    }

    #[test]
    fn passwords_never_travel_in_the_clear() {
        let error = load("listen = \"0.0.0.0:7443\"", &[]).unwrap_err();
        assert!(error.to_string().contains("tls_certificate"), "{error}");
        load("listen = \"[::1]:7443\"", &[]).unwrap();
    }

    #[test]
    fn an_unknown_key_is_refused_by_its_name() {
        let error = load("lisen = \"127.0.0.1:1\"", &[]).unwrap_err();
        assert!(format!("{error:#}").contains("lisen"), "{error:#}");
    }
}
