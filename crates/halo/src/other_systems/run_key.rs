//! What Windows keeps of the programs that a log-in starts.

/// The command line of the log-in. `run` and not the bare command, which would open the window each time.
pub fn command(program: &str) -> String {
    // No path of Windows holds a quotation mark.
    format!("\"{program}\" run")
}

/// Whether a person has switched the start off in the Task Manager or the settings: what those write beside the command
/// begins with an odd number then.
pub fn is_switched_off(approval: &[u8]) -> bool {
    approval.first().is_some_and(|first| first % 2 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_blanks_is_one_word() {
        assert_eq!(command(r"C:\Program Files\Halo\halow.exe"), r#""C:\Program Files\Halo\halow.exe" run"#);
    }

    #[test]
    fn a_start_that_a_person_switched_off_is_off() {
        assert!(!is_switched_off(&[]));
        assert!(!is_switched_off(&[2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
        assert!(is_switched_off(&[3, 0, 0, 0, 0xd5, 0xa1, 0x4f, 0x92, 0x0e, 0x3c, 0xd9, 1]));
    }
}
