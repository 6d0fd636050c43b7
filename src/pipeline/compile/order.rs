//! The order of steps.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Each after those it needs, otherwise in the order given. `needs[n]` are the indexes that `n` needs;
/// what is part of a cycle is left out.
pub fn topological(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut waiting: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (step, inputs) in needs.iter().enumerate() {
        for input in inputs {
            needed_by[*input].push(step);
        }
    }
    let mut ready: BinaryHeap<Reverse<usize>> =
        waiting.iter().enumerate().filter(|(_, n)| **n == 0).map(|(step, _)| Reverse(step)).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(Reverse(step)) = ready.pop() {
        order.push(step);
        for next in &needed_by[step] {
            waiting[*next] -= 1;
            if waiting[*next] == 0 {
                ready.push(Reverse(*next));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_where_it_can_be() {
        assert_eq!(topological(&[vec![], vec![], vec![0, 1]]), [0, 1, 2]);
        assert_eq!(topological(&[vec![1], vec![2], vec![], vec![]]), [2, 1, 0, 3]);
        assert_eq!(topological(&[vec![1], vec![0], vec![]]), [2]);
        assert_eq!(topological(&[vec![], vec![0, 0]]), [0, 1]);
    }
}
