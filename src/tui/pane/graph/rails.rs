//! Steps as a list with rails at its left, for graphs that are too large for boxes: a rail leads from a step
//! down to the last that needs it.

use super::lines::{DOWN, LEFT, Lines, RIGHT, UP};

/// Rails beyond this are not drawn.
const MOST: usize = 24;

/// The rails beside a list of steps.
#[derive(Clone, Debug, Default)]
pub struct Rails {
    /// One row a step, two cells a rail.
    pub lines: Lines,
    /// The cell of each step's own sign.
    pub signs: Vec<usize>,
    /// Cells of the widest row.
    pub width: usize,
}

/// Draws the rails of steps by what each needs. What is needed from further down is left out.
pub fn draw(needs: &[Vec<usize>]) -> Rails {
    let mut last_user = vec![None; needs.len()];
    for (n, of_step) in needs.iter().enumerate() {
        for need in of_step.iter().filter(|need| **need < n) {
            last_user[*need] = Some(n);
        }
    }
    let mut lines = Lines::new(MOST * 2, needs.len());
    let mut signs = Vec::with_capacity(needs.len());
    // The step that each rail comes from.
    let mut rails: Vec<Option<usize>> = Vec::new();
    let mut width = 0;
    for (n, of_step) in needs.iter().enumerate() {
        let from: Vec<usize> = rails
            .iter()
            .enumerate()
            .filter(|(_, r)| r.is_some_and(|r| of_step.contains(&r)))
            .map(|(at, _)| at)
            .collect();
        let ends = |at: &usize| rails[*at].is_some_and(|r| last_user[r] == Some(n));
        let taken = from.iter().copied().find(ends);
        let own = taken.unwrap_or_else(|| rails.iter().position(Option::is_none).unwrap_or(rails.len()));
        let before = rails.clone();
        for at in &from {
            if ends(at) && *at != own {
                lines.add(at * 2, n, UP);
            }
        }
        let ended: Vec<usize> = from.iter().copied().filter(ends).collect();
        for at in ended {
            rails[at] = None;
        }
        if own == rails.len() {
            rails.push(None);
        }
        rails[own] = last_user[n].map(|_| n);
        for (at, rail) in rails.iter().enumerate().filter(|(at, _)| *at != own) {
            if rail.is_some() && before.get(at).copied().flatten().is_some() {
                lines.add(at * 2, n, UP | DOWN);
            }
        }
        for at in from.into_iter().filter(|at| *at != own) {
            let (a, b) = (at.min(own) * 2, at.max(own) * 2);
            lines.add(a, n, RIGHT);
            for x in a + 1..b {
                lines.add(x, n, LEFT | RIGHT);
            }
            lines.add(b, n, LEFT);
        }
        width = width.max(rails.len() * 2).min(MOST * 2);
        signs.push((own * 2).min(MOST * 2 - 1));
        while rails.last().is_some_and(Option::is_none) {
            rails.pop();
        }
    }
    Rails { lines, signs, width }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(needs: &[&[usize]]) -> Vec<String> {
        let rails = draw(&needs.iter().map(|n| n.to_vec()).collect::<Vec<_>>());
        rails
            .signs
            .iter()
            .enumerate()
            .map(|(n, sign)| {
                let mut row: Vec<char> = rails.lines.text(n, 0..rails.width, false).chars().collect();
                row[*sign] = '*';
                row.into_iter().collect::<String>().trim_end().to_owned()
            })
            .collect()
    }

    #[test]
    fn rails_begin_join_pass_and_end() {
        let rows = shown(&[&[], &[], &[0, 1], &[], &[2], &[2, 3], &[4, 5]]);
        insta::assert_snapshot!(rows.join("\n"));
    }

    proptest! {
        #[test]
        fn any_list_has_a_row_a_step(needs in proptest::collection::vec(proptest::collection::vec(0usize..90, 0..5), 0..80)) {
            let rails = draw(&needs);
            prop_assert_eq!((rails.signs.len(), rails.lines.rows()), (needs.len(), needs.len()));
            prop_assert!(rails.signs.iter().all(|x| *x < MOST * 2));
        }
    }
}
