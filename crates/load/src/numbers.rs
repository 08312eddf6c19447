//! What becomes of many measurements.

/// The one in the middle; not a number if there is none.
pub(crate) fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<_> = numbers.into_iter().collect();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The delay, in milliseconds, that so many of a hundred keep; delays are in microseconds.
pub(crate) fn percentile(delays: &mut [u32], percent: usize) -> f64 {
    delays.sort_unstable();
    let at = (delays.len() * percent / 100).min(delays.len().saturating_sub(1));
    delays.get(at).map_or(f64::NAN, |delay| f64::from(*delay) / 1000.0)
}

/// A count, to reckon with. None here is beyond what a float holds exactly.
#[expect(clippy::cast_precision_loss, reason = "counts of a few minutes")]
pub(crate) fn float(count: u64) -> f64 {
    count as f64
}

/// The same.
#[expect(clippy::cast_precision_loss, reason = "counts of a few minutes")]
pub(crate) fn count(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "these are exact")]
    fn the_middle_and_the_edge() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert!(median([]).is_nan());
        let mut delays: Vec<_> = (0..1000).rev().map(|ms| ms * 1000).collect();
        assert_eq!((percentile(&mut delays, 50), percentile(&mut delays, 99)), (500.0, 990.0));
        assert_eq!(percentile(&mut [7000], 99), 7.0);
    }
}
