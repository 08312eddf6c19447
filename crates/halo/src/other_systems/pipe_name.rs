//! What the resident program's pipe is called: all of a machine's pipes lie in one folder.

/// The pipe of the program that keeps its data in this folder, which is another one for each person.
pub fn of(data: &str) -> String {
    let name: String = data.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    format!(r"\\.\pipe\halo-{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_called_after_the_folder_and_has_no_folders_of_its_own() {
        assert_eq!(of(r"C:\Users\Ada L.\AppData\Local\Halo"), r"\\.\pipe\halo-C--Users-Ada-L--AppData-Local-Halo");
        assert_ne!(of(r"C:\Users\Ada\Halo"), of(r"C:\Users\Bob\Halo"));
    }
}
