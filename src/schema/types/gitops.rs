//! Values of the language for who keeps a cluster as a repository says; reads single values, decides nothing.

use super::*;

words! {
    /// Who keeps a cluster as a repository says.
    GitopsTool {
        ArgoCd = "argo-cd" "Argo CD",
    }
    /// When what the repository says is put in force.
    SyncMode {
        Automatic = "automatic" "as soon as it is there",
        Manual = "manual" "when somebody says so",
    }
}

forms! {
    /// The address of a Git repository. SSH would need the server's host keys.
    GitUrl "the https address of a Git repository" "https://git.example.net/platform/infra.git" |s| {
        only(s, 240, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ':' | '~' | '@' | '+'))?;
        let rest = s.strip_prefix("https://").or_else(|| s.strip_prefix("http://"));
        let Some((host, path)) = rest.and_then(|r| r.split_once('/')) else { return Err("it is https://, a name and a path".into()) };
        if host.is_empty() || path.is_empty() || path.ends_with('/') { return Err("it is https://, a name and a path".into()); }
        let (name, port) = host.rsplit('@').next().unwrap_or_default().split_once(':').map_or((host, None), |(n, p)| (n, Some(p)));
        if port.is_some_and(|p| !p.parse::<u16>().is_ok_and(|p| p > 0)) { return Err("its port is not between 1 and 65535".into()); }
        if name == "localhost" || name.starts_with("127.") { Err("Argo CD would look for it in its own pod".into()) } else { Ok(()) }
    };
    /// A branch, a tag or a commit (git check-ref-format).
    GitRevision "a branch, a tag or a commit" "main" |s| {
        only(s, 200, |c| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_'))?;
        let wrong = |p: &str| p.is_empty() || p.starts_with(['.', '-']) || p.ends_with('.') || p.ends_with(".lock");
        if s.contains("..") || s.split('/').any(wrong) { return Err("Git has no reference of this name".into()); }
        // In a clone this is where the branch of a remote is kept; the server has the branch alone.
        if s.starts_with("origin/") || s.starts_with("refs/remotes/") { Err("the server knows its branches without the name that a clone gives it".into()) } else { Ok(()) }
    };
    /// The account that reads a Git repository; a token has one too.
    GitUser "the account of a Git server" "argo-cd" |s| {
        only(s, 120, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+' | '@'))?;
        if s.starts_with(|c: char| c.is_ascii_alphanumeric()) { Ok(()) } else { Err("it starts with a letter or a digit".into()) }
    };
}
