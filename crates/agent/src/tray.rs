//! The tray: what a shell draws, whenever it draws it.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use presence::Moment;

use crate::model::TrayModel;
use crate::tray_view::{TrayView, tray_view};

/// A clock that differs from another by less than this shows the same: two clocks are never read at one instant.
const APART: SignedDuration = SignedDuration::from_secs(1);

/// What the tray shows until something changes. A shell needs the time since boot and nothing else to draw it: a menu
/// may be opened hours later, and the times that it offers are counted from then, by the service's clock (D07).
#[derive(Debug, Clone)]
pub struct Tray {
    model: Arc<TrayModel>,
    /// What the service's clock showed when this was made.
    clock: Moment,
    zone: fn() -> TimeZone,
}

impl Tray {
    pub(crate) fn new(model: TrayModel, clock: Moment, zone: fn() -> TimeZone) -> Self {
        Self { model: Arc::new(model), clock, zone }
    }

    /// What is to be drawn at a time since boot.
    pub fn view(&self, boot: Duration) -> TrayView {
        tray_view(&self.model, self.clock.wall_at(boot), &(self.zone)())
    }

    /// Whether it still shows all of this, by this clock.
    pub(crate) fn shows(&self, model: &TrayModel, clock: Moment) -> bool {
        let apart = clock.wall.duration_since(self.clock.wall_at(clock.boot));
        *self.model == *model && apart.abs() < APART
    }
}
