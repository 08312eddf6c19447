//! Prints what this device tells, for as long as it runs: `cargo run -p signals --example listen -- [IDLE_SECONDS]`.

use std::time::{Duration, Instant};

use signals::{Arm, Raw};
use tokio::sync::mpsc;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let seconds = std::env::args().nth(1).and_then(|seconds| seconds.parse().ok()).unwrap_or(10);
    let away = Arm { idle_for: Some(Duration::from_secs(seconds)), input: false, screen: false };
    let (tx, mut rx) = mpsc::channel(16);
    let handle = signals::spawn(tx);
    handle.arm(away);
    while let Some(raw) = rx.recv().await {
        println!("{:8.3} s  {raw:?}", start.elapsed().as_secs_f64());
        match raw {
            Raw::IdleFor(idle) if idle.as_secs() >= seconds => {
                handle.arm(Arm { idle_for: None, input: true, screen: false });
            }
            Raw::Input | Raw::InputAgo(_) => handle.arm(away),
            Raw::Sleep { asleep: true, .. } => handle.sleep_recorded(),
            _ => continue,
        }
        for source in handle.health().iter().filter(|source| source.chosen) {
            println!("{:12}{:?} by {}: {}", "", source.signal, source.source, source.why);
        }
    }
}
