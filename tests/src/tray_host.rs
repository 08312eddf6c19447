//! A tray host: the Xfce panel with its system tray. Its settings come from xfconfd, which the bus would normally
//! start; our buses start nothing, so we do.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::folders::write_file;
use crate::process::Service;
use crate::stage::Stage;

const PANEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="true"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=8;x=640;y=784"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="uint" value="100"/>
      <property name="size" type="uint" value="36"/>
      <property name="icon-size" type="uint" value="22"/>
      <property name="background-style" type="uint" value="1"/>
      <property name="background-rgba" type="array">
        <value type="double" value="0.09"/>
        <value type="double" value="0.10"/>
        <value type="double" value="0.12"/>
        <value type="double" value="1"/>
      </property>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="2"/>
        <value type="int" value="3"/>
        <value type="int" value="4"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="tasklist">
      <property name="show-handle" type="bool" value="false"/>
    </property>
    <property name="plugin-2" type="string" value="separator">
      <property name="expand" type="bool" value="true"/>
      <property name="style" type="uint" value="0"/>
    </property>
    <property name="plugin-3" type="string" value="systray">
      <property name="icon-size" type="int" value="22"/>
      <property name="square-icons" type="bool" value="true"/>
      <property name="hide-new-items" type="bool" value="false"/>
    </property>
    <property name="plugin-4" type="string" value="clock">
      <property name="mode" type="uint" value="2"/>
      <property name="digital-layout" type="uint" value="3"/>
      <property name="digital-time-format" type="string" value=" %H:%M  "/>
    </property>
  </property>
</channel>
"#;

const GTK: &str =
    "[Settings]\ngtk-application-prefer-dark-theme=1\ngtk-theme-name=Adwaita\ngtk-font-name=DejaVu Sans 10\n";

#[derive(Debug)]
pub(crate) struct TrayHost {
    // They end in this order: the panel before its settings.
    _panel: Service,
    _settings: Service,
}

impl TrayHost {
    pub(crate) fn start(stage: &Stage) -> Result<Self> {
        let channels = stage.folders.config().join("xfce4/xfconf/xfce-perchannel-xml");
        write_file(&channels.join("xfce4-panel.xml"), PANEL)?;
        write_file(&stage.folders.config().join("gtk-3.0/settings.ini"), GTK)?;

        let logs = stage.folders.logs();
        let mut settings = Service::start_quiet("xfconfd", &mut stage.command(settings_daemon()?), &logs)?;
        settings.wait_until_ready(|| stage.session_bus.has_owner("org.xfce.Xfconf"))?;

        let mut command = stage.command("xfce4-panel");
        command.args(["--disable-wm-check"]).env("NO_AT_BRIDGE", "1");
        let mut panel = Service::start_quiet("xfce4-panel", &mut command, &logs)?;
        panel.wait_until_ready(|| stage.session_bus.has_owner("org.kde.StatusNotifierWatcher"))?;
        Ok(Self { _panel: panel, _settings: settings })
    }
}

/// The daemon is not on the path: it lies in a library folder whose name differs between distributions.
fn settings_daemon() -> Result<PathBuf> {
    let multiarch = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    multiarch
        .chain([PathBuf::from("/usr/lib"), PathBuf::from("/usr/lib64"), PathBuf::from("/usr/libexec")])
        .map(|folder: PathBuf| folder.join(Path::new("xfce4/xfconf/xfconfd")))
        .find(|path| path.exists())
        .context("xfconfd is not installed; on Debian and Ubuntu it comes with the package xfce4-panel")
}
