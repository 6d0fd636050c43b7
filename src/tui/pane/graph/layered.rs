//! Steps in layers, each below those that it needs, joined by lines.

use super::lines::Lines;

/// Free cells between two boxes.
const GAP: usize = 2;
/// Times that the order within layers is improved.
const SWEEPS: usize = 6;

/// A step to be placed.
#[derive(Clone, Debug)]
pub struct Node {
    /// Cells of its label.
    pub width: usize,
    /// The steps it needs.
    pub needs: Vec<usize>,
}

/// Where a step stands: its label without the box around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// First column.
    pub x: usize,
    /// Row.
    pub y: usize,
    /// Cells.
    pub width: usize,
}

/// Places and the lines between them.
#[derive(Clone, Debug, Default)]
pub struct Drawing {
    /// Of each step.
    pub places: Vec<Place>,
    /// The boxes and the lines between them.
    pub lines: Lines,
}

/// Something in a layer: a step, or a place where a long line goes through.
struct Item {
    width: usize,
    layer: usize,
    /// The items above that it hangs on.
    above: Vec<usize>,
    /// First column.
    x: usize,
}

impl Item {
    fn middle(&self) -> usize {
        self.x + self.width / 2
    }
}

/// Draws the steps.
pub fn draw(nodes: &[Node]) -> Drawing {
    let layers = layers(nodes);
    let (mut items, mut rows) = items(nodes, &layers);
    order(&mut items, &mut rows);
    place(&mut items, &rows);
    join(nodes.len(), &items, &rows)
}

/// The layer of each step: one below the lowest that it needs. What goes round in circles is cut open.
fn layers(nodes: &[Node]) -> Vec<usize> {
    let mut layer = vec![0; nodes.len()];
    // As many rounds as there can be layers; a circle would never end.
    for _ in 0..nodes.len() {
        let mut changed = false;
        for (n, node) in nodes.iter().enumerate() {
            let wanted =
                node.needs.iter().filter(|need| **need < nodes.len()).map(|need| layer[*need] + 1).max().unwrap_or(0);
            if wanted > layer[n] && wanted < nodes.len() {
                layer[n] = wanted;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    layer
}

/// The items of all layers: first the steps, then what long lines go through.
fn items(nodes: &[Node], layers: &[usize]) -> (Vec<Item>, Vec<Vec<usize>>) {
    let depth = layers.iter().max().map_or(0, |most| most + 1);
    let mut rows = vec![Vec::new(); depth];
    let mut items: Vec<Item> = Vec::with_capacity(nodes.len());
    for (n, node) in nodes.iter().enumerate() {
        rows[layers[n]].push(n);
        // The box around the label.
        items.push(Item { width: node.width + 4, layer: layers[n], above: Vec::new(), x: 0 });
    }
    for (n, node) in nodes.iter().enumerate() {
        for need in &node.needs {
            if *need >= nodes.len() || layers[*need] >= layers[n] {
                continue;
            }
            let mut above = *need;
            for (layer, row) in rows.iter_mut().enumerate().take(layers[n]).skip(layers[*need] + 1) {
                let through = items.len();
                items.push(Item { width: 1, layer, above: vec![above], x: 0 });
                row.push(through);
                above = through;
            }
            items[n].above.push(above);
        }
    }
    (items, rows)
}

/// Orders each layer by the middle of what its items hang on, downwards and upwards in turn.
fn order(items: &mut [Item], rows: &mut [Vec<usize>]) {
    let mut position = vec![0.0f32; items.len()];
    let below: Vec<Vec<usize>> = {
        let mut below = vec![Vec::new(); items.len()];
        for (n, item) in items.iter().enumerate() {
            item.above.iter().for_each(|a| below[*a].push(n));
        }
        below
    };
    let number = |row: &[usize], position: &mut Vec<f32>| {
        for (at, item) in row.iter().enumerate() {
            position[*item] = at as f32;
        }
    };
    rows.iter().for_each(|row| number(row, &mut position));
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        let count = rows.len();
        for step in 1..count {
            let at = if down { step } else { count - 1 - step };
            let mut row = std::mem::take(&mut rows[at]);
            let middle = |item: usize| {
                let near = if down { &items[item].above } else { &below[item] };
                match near.len() {
                    0 => position[item],
                    n => near.iter().map(|other| position[*other]).sum::<f32>() / n as f32,
                }
            };
            let mut keyed: Vec<(f32, usize)> = row.iter().map(|item| (middle(*item), *item)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            row = keyed.into_iter().map(|(_, item)| item).collect();
            number(&row, &mut position);
            rows[at] = row;
        }
    }
}

/// Gives each item its column: below the middle of what it hangs on, as far as there is room.
fn place(items: &mut [Item], rows: &[Vec<usize>]) {
    let width_of = |items: &[Item], row: &[usize]| {
        row.iter().map(|n| items[*n].width).sum::<usize>() + GAP * row.len().saturating_sub(1)
    };
    let most = rows.iter().map(|row| width_of(items, row)).max().unwrap_or(0);
    for row in rows {
        let spare = most - width_of(items, row);
        let mut x = 0;
        let mut left = spare;
        let hangs = row.iter().any(|n| !items[*n].above.is_empty());
        for (k, n) in row.iter().enumerate() {
            let above = &items[*n].above;
            let wanted = match above.len() {
                0 if !hangs && k == 0 => spare / 2,
                0 => x,
                count => {
                    let middle = above.iter().map(|a| items[*a].middle()).sum::<usize>() / count;
                    middle.saturating_sub(items[*n].width / 2)
                }
            };
            // To the right only by what all that follow leave free.
            let moved = wanted.saturating_sub(x).min(left);
            left -= moved;
            items[*n].x = x + moved;
            x += moved + items[*n].width + GAP;
        }
    }
}

/// The tracks between two layers: all lines from one item share one, lines that would run over each other
/// have different ones.
fn tracks(items: &[Item], row: &[usize]) -> (Vec<(usize, Vec<usize>, usize)>, usize) {
    // From each item above: the columns that its lines end at.
    let mut ends: Vec<(usize, Vec<usize>)> = Vec::new();
    for n in row {
        let item = &items[*n];
        let mut above = item.above.clone();
        above.sort_by_key(|a| items[*a].middle());
        let count = above.len();
        for (k, from) in above.into_iter().enumerate() {
            let port = if item.width == 1 { item.x } else { item.x + (k + 1) * item.width / (count + 1) };
            // A line that is nearly straight is made straight.
            let middle = items[from].middle();
            let inside = item.width > 2 && middle > item.x && middle + 1 < item.x + item.width;
            let port = if inside && count == 1 { middle } else { port };
            match ends.iter_mut().find(|(known, _)| *known == from) {
                Some((_, ports)) => ports.push(port),
                None => ends.push((from, vec![port])),
            }
        }
    }
    ends.sort_by_key(|(from, _)| items[*from].x);
    let mut used: Vec<Vec<(usize, usize)>> = Vec::new();
    let mut out = Vec::with_capacity(ends.len());
    for (from, ports) in ends {
        let middle = items[from].middle();
        let first = ports.iter().copied().chain([middle]).min().unwrap_or(middle);
        let last = ports.iter().copied().chain([middle]).max().unwrap_or(middle);
        let free = |taken: &Vec<(usize, usize)>| taken.iter().all(|(a, b)| last < *a || first > *b);
        let track = if first == last { 0 } else { used.iter().position(free).unwrap_or(used.len()) };
        if first != last {
            if track == used.len() {
                used.push(Vec::new());
            }
            used[track].push((first, last));
        }
        out.push((from, ports, track));
    }
    (out, used.len())
}

fn join(steps: usize, items: &[Item], rows: &[Vec<usize>]) -> Drawing {
    let columns = items.iter().map(|item| item.x + item.width).max().unwrap_or(0);
    // A box takes three rows, the channel above it as many as it has tracks, and at least one.
    let mut tops = Vec::with_capacity(rows.len());
    let mut channels = Vec::with_capacity(rows.len());
    let mut y = 0;
    for (n, row) in rows.iter().enumerate() {
        let (lines, height) = tracks(items, row);
        if n > 0 {
            y += height.max(1);
        }
        channels.push((lines, height.max(1)));
        tops.push(y);
        y += 3;
    }
    let mut lines = Lines::new(columns, y);
    let mut places = vec![Place::default(); steps];
    for (n, item) in items.iter().enumerate() {
        let top = tops[item.layer];
        if n >= steps {
            lines.vertical(item.x, top, top + 2);
            continue;
        }
        let right = item.x + item.width - 1;
        lines.horizontal(top, item.x, right);
        lines.horizontal(top + 2, item.x, right);
        lines.vertical(item.x, top, top + 2);
        lines.vertical(right, top, top + 2);
        places[n] = Place { x: item.x + 2, y: top + 1, width: item.width - 4 };
    }
    for (n, (channel, height)) in channels.iter().enumerate().skip(1) {
        for (from, ports, track) in channel {
            let middle = items[*from].middle();
            let (above, below) = (tops[n] - height - 1, tops[n]);
            let at = tops[n] - height + track;
            lines.vertical(middle, above, at);
            for port in ports {
                lines.horizontal(at, middle, *port);
                lines.vertical(*port, at, below);
            }
        }
    }
    Drawing { places, lines }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(super) fn shown(steps: &[(&str, &[usize])], ascii: bool) -> String {
        let nodes: Vec<Node> =
            steps.iter().map(|(id, needs)| Node { width: id.len(), needs: needs.to_vec() }).collect();
        let drawing = draw(&nodes);
        let mut rows: Vec<Vec<char>> =
            (0..drawing.lines.rows()).map(|y| drawing.lines.text(y, 0..999, ascii).chars().collect()).collect();
        for (place, (id, _)) in drawing.places.iter().zip(steps) {
            rows[place.y][place.x..place.x + place.width].copy_from_slice(&id.chars().collect::<Vec<_>>());
        }
        rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_join_and_two_writers() {
        let steps: &[(&str, &[usize])] = &[
            ("extract-orders", &[]),
            ("extract-customers", &[]),
            ("revenue", &[0, 1]),
            ("write-revenue", &[2]),
            ("write-spreadsheet", &[2]),
        ];
        insta::assert_snapshot!(shown(steps, false));
    }

    #[test]
    fn a_long_line_goes_past_the_layers_between() {
        let steps: &[(&str, &[usize])] = &[("a", &[]), ("b", &[0]), ("c", &[1]), ("d", &[0, 2]), ("e", &[])];
        insta::assert_snapshot!(shown(steps, false));
        insta::assert_snapshot!(shown(steps, true));
    }

    proptest! {
        #[test]
        fn any_graph_is_drawn_without_boxes_over_each_other(
            widths in proptest::collection::vec(1usize..20, 0..40),
            edges in proptest::collection::vec((0usize..45, 0usize..45), 0..80),
        ) {
            let nodes: Vec<Node> = widths
                .iter()
                .enumerate()
                .map(|(n, width)| {
                    let mut needs: Vec<usize> = edges.iter().filter(|e| e.0 == n).map(|e| e.1).collect();
                    needs.sort_unstable();
                    needs.dedup();
                    Node { width: *width, needs }
                })
                .collect();
            let drawing = draw(&nodes);
            for (n, a) in drawing.places.iter().enumerate() {
                prop_assert!(a.x >= 2 && a.x + a.width + 2 <= drawing.lines.columns() && a.y < drawing.lines.rows());
                for b in &drawing.places[..n] {
                    let apart = a.y != b.y || a.x + a.width + 4 <= b.x || b.x + b.width + 4 <= a.x;
                    prop_assert!(apart, "{a:?} {b:?}");
                }
            }
        }
    }
}
