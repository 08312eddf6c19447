//! What went wrong at somebody's desk once: each file of `traces/` was written by `halo doctor --record`, and the signs
//! in it are those that the tracker should have come to.

use std::fs;
use std::path::Path;

use signals::Trace;

#[test]
fn every_recorded_trace_comes_to_the_signs_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/traces");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let trace = Trace::read(&fs::read_to_string(&file).unwrap());
        let trace = trace.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(!trace.steps().is_empty());
        for (should, is) in trace.steps().iter().zip(trace.again()) {
            assert_eq!(is, *should, "{}", file.display());
        }
    }
}
