//! The graph of steps as a drawing: each step in the column behind those it needs, and along each line the rows
//! that went there, the thicker the more.

use std::collections::HashMap;
use std::fmt::Write as _;

use super::super::RunMetrics;
use super::{count, duration, escape};
use crate::pipeline::compile::Manifest;

/// Size of a box, and the room between two.
const BOX: (u32, u32) = (190, 72);
const GAP: (u32, u32) = (90, 24);

/// Draws it.
pub(super) fn draw(page: &mut String, manifest: &Manifest, metrics: &RunMetrics) {
    let mut column: HashMap<&str, u32> = HashMap::new();
    let mut used: HashMap<u32, u32> = HashMap::new();
    let mut place: HashMap<&str, (u32, u32)> = HashMap::new();
    // Steps stand after those that they need.
    for step in &manifest.steps {
        let at = step.needs.iter().filter_map(|need| column.get(need.as_str())).max().map_or(0, |c| c + 1);
        column.insert(&step.id, at);
        let row = used.entry(at).or_default();
        place.insert(&step.id, (at * (BOX.0 + GAP.0) + 2, *row * (BOX.1 + GAP.1) + 2));
        *row += 1;
    }
    let width = (column.values().max().unwrap_or(&0) + 1) * (BOX.0 + GAP.0);
    let height = used.values().max().unwrap_or(&1) * (BOX.1 + GAP.1);
    let _ =
        writeln!(page, "<svg width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"The graph of steps\">");
    let of = |id: &str| metrics.steps.iter().find(|s| s.step == id);
    let most = metrics.steps.iter().map(|step| step.rows_out).max().unwrap_or(0);
    // First the lines, so that boxes and numbers stand on them.
    for step in &manifest.steps {
        let Some((x, y)) = place.get(step.id.as_str()) else { continue };
        for need in &step.needs {
            let Some((from_x, from_y)) = place.get(need.as_str()) else { continue };
            let (start, end) = (from_x + BOX.0, from_y + BOX.1 / 2);
            let middle = start + (x - start) / 2;
            let to = y + BOX.1 / 2;
            let rows = of(need).map_or(0, |m| m.rows_out);
            let _ = writeln!(
                page,
                "<path stroke-width=\"{}\" d=\"M{start} {end} C{middle} {end} {middle} {to} {x} {to}\"/><text class=\"small\" text-anchor=\"middle\" x=\"{middle}\" y=\"{}\">{}</text>",
                thickness(rows, most),
                (end + to) / 2 - 6,
                count(rows),
            );
        }
    }
    for step in &manifest.steps {
        let Some((x, y)) = place.get(step.id.as_str()) else { continue };
        let status = of(&step.id).map_or("waiting", |m| m.status.as_str());
        let (rows, time) = of(&step.id).map_or((0, 0), |m| (m.rows_in.max(m.rows_out), m.duration_us));
        let _ = writeln!(
            page,
            "<g><title>{}: {status}</title><rect class=\"box {status}\" x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\"/><text x=\"{tx}\" y=\"{}\">{}</text><text class=\"small\" x=\"{tx}\" y=\"{}\">{}</text><text class=\"small\" x=\"{tx}\" y=\"{}\">{status}, {} rows, {}</text></g>",
            escape(&step.id),
            BOX.0,
            BOX.1,
            y + 22,
            escape(&short(&step.id, 24)),
            y + 40,
            escape(&short(&step.component, 30)),
            y + 58,
            count(rows),
            duration(time),
            status = escape(status),
            tx = x + 10,
        );
    }
    page.push_str("</svg>");
}

/// From 1 to 8, by the share of the most that goes along a line.
fn thickness(rows: u64, most: u64) -> u64 {
    let share = u128::from(rows) * 7 / u128::from(most.max(1));
    1 + u64::try_from(share).unwrap_or(7).min(7)
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_rows_make_a_thicker_line() {
        assert_eq!([0, 1, 500, 1000, 2000].map(|rows| thickness(rows, 1000)), [1, 1, 4, 8, 8]);
        assert_eq!(thickness(0, 0), 1);
    }
}
