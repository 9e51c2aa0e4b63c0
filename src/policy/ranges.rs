//! Sets of numbers as ranges that do not touch; knows nothing of what the numbers are.

/// Numbers: first and last of each range, ordered, with a gap between two.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ranges(Vec<(u32, u32)>);

impl Ranges {
    /// All from the first to the last, both included; nothing when the last is before the first.
    pub fn of(first: u32, last: u32) -> Ranges {
        Ranges(if first <= last { vec![(first, last)] } else { Vec::new() })
    }

    /// The numbers of a network.
    pub fn net(net: ipnet::Ipv4Net) -> Ranges {
        Ranges::of(net.network().into(), net.broadcast().into())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.0.iter().copied()
    }

    /// Those of both.
    pub fn union(&self, other: &Ranges) -> Ranges {
        let mut all: Vec<(u32, u32)> = self.iter().chain(other.iter()).collect();
        all.sort_unstable();
        let mut out: Vec<(u32, u32)> = Vec::with_capacity(all.len());
        for (first, last) in all {
            match out.last_mut() {
                Some(end) if first <= end.1.saturating_add(1) => end.1 = end.1.max(last),
                _ => out.push((first, last)),
            }
        }
        Ranges(out)
    }

    /// Those that are in both.
    pub fn intersect(&self, other: &Ranges) -> Ranges {
        let mut out = Vec::new();
        let (mut i, mut j) = (0, 0);
        while let (Some(a), Some(b)) = (self.0.get(i), other.0.get(j)) {
            let (first, last) = (a.0.max(b.0), a.1.min(b.1));
            if first <= last {
                out.push((first, last));
            }
            if a.1 < b.1 { i += 1 } else { j += 1 }
        }
        Ranges(out)
    }

    /// Those that are not in the other.
    pub fn minus(&self, other: &Ranges) -> Ranges {
        let mut out = Vec::new();
        for (start, last) in self.iter() {
            let (mut first, mut done) = (start, false);
            for (a, b) in other.iter().filter(|(a, b)| *b >= start && *a <= last) {
                if a > first {
                    out.push((first, a - 1));
                }
                // Past the end of all numbers nothing is left.
                match b.checked_add(1) {
                    Some(next) if next <= last => first = next,
                    _ => {
                        done = true;
                        break;
                    }
                }
            }
            if !done {
                out.push((first, last));
            }
        }
        Ranges(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small sets, compared with sets of single numbers.
    #[test]
    fn ranges_are_sets() {
        let mut seed = 7u32;
        let mut next = move |n: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % n
        };
        let top = u32::MAX - 31;
        let mut set = |base: u32| {
            (0..next(4)).fold(Ranges::default(), |r, _| {
                let first = next(32);
                r.union(&Ranges::of(base + first, base + (first + next(8)).min(31)))
            })
        };
        let has = |r: &Ranges, n: u32| r.iter().any(|(a, b)| a <= n && n <= b);
        for round in 0..2000 {
            let base = if round % 2 == 0 { 0 } else { top };
            let (a, b) = (set(base), set(base));
            for n in base..=base.saturating_add(31) {
                assert_eq!(has(&a.union(&b), n), has(&a, n) || has(&b, n), "{a:?} {b:?} {n}");
                assert_eq!(has(&a.intersect(&b), n), has(&a, n) && has(&b, n), "{a:?} {b:?} {n}");
                assert_eq!(has(&a.minus(&b), n), has(&a, n) && !has(&b, n), "{a:?} {b:?} {n}");
            }
            let gaps = |r: &Ranges| r.0.windows(2).all(|w| w[1].0 > w[0].1 + 1);
            assert!(gaps(&a.union(&b)) && gaps(&a.minus(&b)) && gaps(&a.intersect(&b)));
        }
    }
}
