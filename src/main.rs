//! The program: hands its arguments to [`topoc::cli::run`] and exits with what that says.

fn main() -> std::process::ExitCode {
    topoc::cli::run(std::env::args_os())
}
