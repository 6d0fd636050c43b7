//! Which turns belong together.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Longer lists are paired one by one: to find what they share takes the square of what they don't.
const MOST: usize = 8_000;

/// Pairs turns in order: those with the same message first, then what stands between them one by one.
pub(super) fn align(before: &[String], after: &[String]) -> Vec<(Option<usize>, Option<usize>)> {
    let mut pairs = Vec::new();
    if before.len() + after.len() > MOST {
        let one = |n: usize, all: &[String]| (n < all.len()).then_some(n);
        return (0..before.len().max(after.len())).map(|n| (one(n, before), one(n, after))).collect();
    }
    for op in capture_diff_slices(Algorithm::Myers, before, after) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                pairs.extend((0..len).map(|n| (Some(old_index + n), Some(new_index + n))));
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                pairs.extend((0..old_len).map(|n| (Some(old_index + n), None)));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                pairs.extend((0..new_len).map(|n| (None, Some(new_index + n))));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                let old = |n: usize| (n < old_len).then_some(old_index + n);
                let new = |n: usize| (n < new_len).then_some(new_index + n);
                pairs.extend((0..old_len.max(new_len)).map(|n| (old(n), new(n))));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_turn_that_came_in_between_moves_none_of_the_others() {
        let texts = |all: &[&str]| all.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        let align = |a: &[&str], b: &[&str]| super::align(&texts(a), &texts(b));
        let (one, two) = (Some(0), Some(1));
        assert_eq!(align(&["a", "b"], &["a", "x", "b"]), [(one, one), (None, two), (two, Some(2))]);
        assert_eq!(align(&["a", "b"], &["x", "b"]), [(one, one), (two, two)]);
        assert_eq!(align(&["a"], &[]), [(one, None)]);
        assert!(align(&[], &[]).is_empty());
    }
}
