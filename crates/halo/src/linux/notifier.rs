//! What gives orders to show notifications, and to take them away.

use std::sync::Arc;

use agent::{Notification, Tag, Tick};
use tokio::sync::mpsc;

use super::health::Health;
use super::notifications::Order;
use super::session_bus;

/// Shows and withdraws notifications.
#[derive(Debug)]
pub struct Notifier {
    orders: mpsc::UnboundedSender<Order>,
}

impl Notifier {
    /// Begins to keep an eye on the session bus, for as long as this lives.
    pub fn new(ticks: mpsc::Sender<Tick>, bus: Arc<Health>) -> Self {
        let (orders, received) = mpsc::unbounded_channel();
        tokio::spawn(session_bus::keep(received, bus, ticks));
        Self { orders }
    }

    /// Shows one, in place of an older one of its tag.
    pub fn show(&mut self, notification: Notification) {
        // Fails only once the program ends.
        let _ = self.orders.send(Order::Show(notification));
    }

    /// Takes one away.
    pub fn withdraw(&mut self, tag: Tag) {
        let _ = self.orders.send(Order::Withdraw(tag));
    }
}
