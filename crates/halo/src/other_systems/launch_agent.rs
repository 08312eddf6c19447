//! Starting with the session on macOS: a property list that launchd reads at each log-in.

/// What launchd calls Halo; the file bears the same name.
pub const LABEL: &str = "dev.halo";

/// The property list. `run` and not the bare command, which would open the window at each log-in.
pub fn property_list(program: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>{LABEL}</string>
	<key>ProgramArguments</key>
	<array>
		<string>{}</string>
		<string>run</string>
	</array>
	<key>LimitLoadToSessionType</key>
	<string>Aqua</string>
	<key>ProcessType</key>
	<string>Interactive</string>
	<key>RunAtLoad</key>
	<true/>
</dict>
</plist>
"#,
        escaped(program)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_argument_whatever_is_in_it() {
        let list = property_list("/Applications/R&D <new>/halo");
        assert!(
            list.contains("<string>/Applications/R&amp;D &lt;new&gt;/halo</string>\n\t\t<string>run</string>"),
            "{list}"
        );
        assert!(list.contains("<key>RunAtLoad</key>\n\t<true/>"), "{list}");
    }
}
