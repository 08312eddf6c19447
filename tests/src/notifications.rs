//! A notification daemon, dunst, in a dark style that can be read in a screenshot.

use anyhow::Result;

use crate::folders::write_file;
use crate::process::Service;
use crate::stage::Stage;

const CONFIGURATION: &str = r##"[global]
    monitor = 0
    follow = none
    width = (280, 380)
    height = 240
    origin = top-right
    offset = 16x16
    notification_limit = 8
    indicate_hidden = yes
    padding = 12
    horizontal_padding = 16
    text_icon_padding = 12
    frame_width = 1
    frame_color = "#4b5563"
    # No gap: without a compositor it would be black.
    separator_height = 1
    separator_color = frame
    corner_radius = 6
    sort = yes
    idle_threshold = 0
    font = DejaVu Sans 10
    markup = full
    format = "<b>%s</b>\n%b"
    alignment = left
    vertical_alignment = center
    show_age_threshold = -1
    stack_duplicates = false
    show_indicators = yes
    icon_position = left
    min_icon_size = 32
    max_icon_size = 48
    sticky_history = yes
    history_length = 100
    mouse_left_click = do_action, close_current
    mouse_right_click = close_current
    dmenu = /bin/false

[urgency_low]
    background = "#1f242b"
    foreground = "#c9d1d9"
    timeout = 10

[urgency_normal]
    background = "#2b313a"
    foreground = "#f0f3f6"
    timeout = 10

[urgency_critical]
    background = "#4a1f24"
    foreground = "#ffffff"
    frame_color = "#e5534b"
    timeout = 0
"##;

pub(crate) fn start(stage: &Stage) -> Result<Service> {
    let configuration = stage.folders.config().join("dunst/dunstrc");
    write_file(&configuration, CONFIGURATION)?;
    let mut command = stage.command("dunst");
    command.arg("-config").arg(configuration);
    let mut daemon = Service::start_quiet("dunst", &mut command, &stage.folders.logs())?;
    daemon.wait_until_ready(|| stage.session_bus.has_owner("org.freedesktop.Notifications"))?;
    Ok(daemon)
}
