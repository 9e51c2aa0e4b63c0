//! Finds and reads the topology and its lock; turns what is wrong with the files into a sentence.

use std::path::{Path, PathBuf};

use super::{Ui, Which};
use crate::build::{Build, Input};
use crate::source::Source;

/// A topology larger than this is a mistake: 10,000 machines take 3 MB.
const LARGEST: u64 = 32 << 20;

/// Where the topology is.
///
/// # Errors
/// A sentence for the user when there is none, or more than one.
pub(super) fn find(which: &Which) -> Result<PathBuf, String> {
    if let Some(file) = &which.file {
        return Ok(file.clone());
    }
    let folder = Path::new("topology");
    let entries = std::fs::read_dir(folder).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            "there is no folder topology/ here: name the file with --file, or make one with topoc init".to_string()
        }
        _ => format!("topology/ cannot be read: {e}"),
    })?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(Result::ok)
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "kdl"))
        .collect();
    found.sort();
    match found.as_slice() {
        [] => Err("there is no *.kdl in topology/: make one with topoc init".into()),
        [one] => Ok(one.clone()),
        many => {
            let names = many.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ");
            Err(format!("there are {} topologies: {names}; name one with --file", many.len()))
        }
    }
}

/// Reads a text file.
///
/// # Errors
/// A sentence for the user: no such file, a folder, too large, not UTF-8.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let meta = std::fs::metadata(path).map_err(|e| format!("{shown} cannot be read: {e}"))?;
    if meta.is_dir() {
        return Err(format!("{shown} is a folder"));
    }
    if meta.len() > LARGEST {
        return Err(format!("{shown} has {} MiB; a topology has at most {} MiB", meta.len() >> 20, LARGEST >> 20));
    }
    let bytes = std::fs::read(path).map_err(|e| format!("{shown} cannot be read: {e}"))?;
    String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = e.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
        format!("{shown}:{line} is not UTF-8: byte {at} of the file is 0x{:02x}", e.as_bytes()[at])
    })
}

/// The lock file beside a topology.
pub(super) fn lock_path(topology: &Path) -> PathBuf {
    topology.with_extension("lock")
}

/// Reads the topology and its lock and runs the pipeline. `text` stands in for the topology's own when given.
///
/// # Errors
/// A sentence for the user.
pub(super) fn load(path: &Path, text: Option<String>, emit: bool) -> Result<Build, String> {
    let text = match text {
        Some(text) => text,
        None => read(path)?,
    };
    let lock = lock_path(path);
    let lock = match lock.exists() {
        true => Some(Source::new(lock.display().to_string(), read(&lock)?)),
        false => None,
    };
    Ok(crate::build::build(Input {
        topology: Source::new(path.display().to_string(), text),
        lock,
        today: today(),
        emit,
    }))
}

/// The same, with problems printed; `None` when it cannot go on.
pub(super) fn built(ui: &Ui, which: &Which, emit: bool) -> Option<(PathBuf, Build)> {
    let loaded = find(which).and_then(|p| load(&p, None, emit).map(|b| (p, b)));
    match loaded {
        Ok((path, build)) => {
            ui.problems(&build.diags, &build.sources);
            (!build.failed()).then_some((path, build))
        }
        Err(e) => {
            ui.fail(&e);
            None
        }
    }
}

/// Today in UTC, `YEAR-MONTH-DAY`. `TOPOC_TODAY` stands in for the clock in tests.
pub(super) fn today() -> String {
    if let Ok(day) = std::env::var("TOPOC_TODAY") {
        return day;
    }
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    civil(i64::try_from(seconds / 86400).unwrap_or(0))
}

/// The Gregorian day of a number of days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> String {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn days_become_dates() {
        for (days, date) in [(0, "1970-01-01"), (59, "1970-03-01"), (11_016, "2000-02-29"), (20_779, "2026-11-22")] {
            assert_eq!(super::civil(days), date);
        }
    }
}
