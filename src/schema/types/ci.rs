//! Values of the language for what checks the tree in CI; reads single values, decides nothing.

use super::*;

words! {
    /// Whose CI runs the checks.
    CiHost {
        GitHub = "github" "GitHub Actions",
    }
    /// A program that checks the tree. kubescape is not one of them: it fetches its rules anew on each run, so the same tree
    /// would pass today and fail tomorrow.
    CiTool {
        Checkov = "checkov" "objects against the rules that its version brings",
        Conftest = "conftest" "Cilium's policies against the pitfalls of RFC 8.3",
        Helm = "helm" "each chart with the values of this tree",
        Kubeconform = "kubeconform" "objects against the schemas of their versions",
        Yamllint = "yamllint" "every YAML file",
    }
}

forms! {
    /// The image that a job of GitHub Actions runs on (GitHub, GitHub-hosted runners): a release of Ubuntu for x86-64, whose
    /// programs the checksums are of.
    CiRunner "an image of one release" "ubuntu-24.04" |s| {
        let wrong = || "it is ubuntu- and one release, such as ubuntu-24.04";
        let (year, month) = s.strip_prefix("ubuntu-").and_then(|r| r.split_once('.')).ok_or_else(wrong)?;
        let digits = |p: &str| p.len() == 2 && p.bytes().all(|b| b.is_ascii_digit());
        if digits(year) && digits(month) { Ok(()) } else { Err(wrong().into()) }
    };
    /// A commit of Git by its whole SHA-1.
    GitCommit "the 40 digits of a commit" "0123456789abcdef0123456789abcdef01234567" |s| hexadecimal(s, 40);
    /// The SHA-256 of a file.
    Sha256 "the 64 digits of a SHA-256" "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" |s| hexadecimal(s, 64);
    /// A rule of a program that checks (checkov, Policy Index: CKV_K8S_43).
    CheckRule "a rule's identifier" "CKV_K8S_43" |s| {
        only(s, 60, |c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')?;
        if s.starts_with("CKV") { Ok(()) } else { Err("it starts with CKV".into()) }
    };
    /// A command line of a POSIX shell. What GitHub would replace in it before a shell reads it is refused.
    ShellLine "a command line" "cargo install --locked topoc --version \"$TOPOC_VERSION\"" |s| {
        only(s, 400, |c| c.is_ascii_graphic() || c == ' ')?;
        if s.trim() != s { return Err("it starts or ends with a space".into()); }
        if s.contains("${{") { return Err("`${{` is replaced before a shell reads it".into()); }
        Ok(())
    };
}

/// So many hexadecimal digits in lower case.
fn hexadecimal(s: &str, count: usize) -> Result<(), String> {
    only(s, count, |c| matches!(c, '0'..='9' | 'a'..='f'))?;
    if s.len() == count { Ok(()) } else { Err(format!("it has {} digits of {count}", s.len())) }
}
