//! What is counted, for Prometheus.

use std::sync::Arc;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Which kind of request; the names are the labels.
#[expect(clippy::struct_field_names, reason = "the names are the labels")]
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Route {
    /// The path, as it is documented.
    pub route: String,
    /// The method.
    pub method: String,
    /// The answer.
    pub status: u16,
}

/// Counters, and the registry that knows them.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Requests by what they asked for and how they were answered.
    pub requests: Family<Route, Counter>,
    /// How long they took, in seconds.
    pub seconds: Histogram,
    /// Devices that listen now.
    pub connections: Gauge,
    /// Facts recorded.
    pub facts: Counter,
    /// Connections that were lost.
    pub leases_lost: Counter,
    /// Sign-ins that were refused.
    pub refused_sign_ins: Counter,
    registry: Arc<Registry>,
}

impl Metrics {
    /// Everything at nought.
    pub fn new() -> Self {
        let buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];
        let requests = Family::<Route, Counter>::default();
        let seconds = Histogram::new(buckets);
        let (connections, facts, leases_lost) = (Gauge::default(), Counter::default(), Counter::default());
        let refused_sign_ins = Counter::default();
        let mut registry = Registry::with_prefix("halo");
        registry.register("requests", "Requests by route, method and answer", requests.clone());
        registry.register("request_seconds", "How long requests took", seconds.clone());
        registry.register("connections", "Devices that listen now", connections.clone());
        registry.register("facts", "Facts recorded", facts.clone());
        registry.register("connections_lost", "Connections that were lost", leases_lost.clone());
        registry.register("refused_sign_ins", "Sign-ins that were refused", refused_sign_ins.clone());
        Self { requests, seconds, connections, facts, leases_lost, refused_sign_ins, registry: Arc::new(registry) }
    }

    /// All of it, in the text format of `OpenMetrics`.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
