//! Every way in which the program can end, by its exit code and by a line that says what to do.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn versus(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_versus"));
    command.args(arguments).stdin(Stdio::null()).env("CI", "true");
    command
}

fn run(arguments: &[&str]) -> Output {
    versus(arguments).output().expect("versus can be started")
}

fn ends(output: &Output, code: i32, says: &str) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "stdout: {out}\nstderr: {err}");
    assert!(err.contains(says) || out.contains(says), "does not say {says:?}\nstdout: {out}\nstderr: {err}");
}

#[test]
fn a_run_as_predicted_ends_with_0_and_leaves_its_reports() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = run(&["run", "out-stolen-cookie", "-o", &folder.path().display().to_string()]);
    ends(&output, 0, "index.html");
    for name in ["run.json", "index.html", "summary.md", "junit.xml"] {
        assert!(folder.path().join(name).exists(), "{name} is missing");
    }
    let text = std::fs::read_to_string(folder.path().join("run.json")).expect("run.json can be read");
    assert!(text.contains("‹sid#1›") && !text.contains("correct horse"), "credentials must be named, never shown");
}

#[test]
fn a_changed_setting_is_predicted_too() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = folder.path().display().to_string();
    let output = run(&[
        "run",
        "sess-fixation@bff",
        "--set",
        "bff.session.rekey=off",
        "--set",
        "bff.cookie.samesite=lax",
        "-o",
        &folder,
    ]);
    ends(&output, 0, "violated, as predicted");
}

#[test]
fn mistyped_names_end_with_2_and_suggest() {
    ends(&run(&["run", "out-stolen-coookie"]), 2, "out-stolen-cookie");
    ends(&run(&["run", "out-click@bfff"]), 2, "\"bff\"");
    ends(&run(&["run", "--set", "bff.csrf.heder=off"]), 2, "bff.csrf.header");
    ends(&run(&["run", "--set", "bff.csrf.header=perhaps"]), 2, "perhaps");
    ends(&run(&["run", "--nonsense"]), 2, "--nonsense");
    ends(&run(&["explain", "out-clik"]), 2, "out-click");
    ends(&run(&["serve", "nobody"]), 2, "nobody");
}

#[test]
fn nothing_selected_ends_with_4() {
    ends(&run(&["run", "csrf-sibling", "--layer", "protocol"]), 4, "nothing is selected");
}

#[test]
fn an_output_folder_that_cannot_be_written_ends_with_2() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "x").expect("a file can be written");
    let inside = file.join("reports").display().to_string();
    ends(&run(&["run", "out-click@bff", "-o", &inside]), 2, &inside);
}

#[test]
fn a_missing_browser_ends_with_3() {
    let output =
        versus(&["run", "csrf-sibling@bff", "--layer", "browser"]).env("VERSUS_BROWSER", "/nowhere/browser").output();
    ends(&output.expect("versus can be started"), 3, "/nowhere/browser");
    let output = versus(&["doctor"]).env("VERSUS_CHROMEDRIVER", "/nowhere/driver").output();
    ends(&output.expect("versus can be started"), 3, "/nowhere/driver");
}

#[test]
fn a_busy_port_ends_with_3() {
    #[expect(clippy::disallowed_methods, reason = "the test is the one that takes the port")]
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("its address").port().to_string();
    ends(&run(&["serve", "bff", "--port", &port]), 3, "--port");
}

#[test]
fn an_interrupt_ends_with_130_and_writes_what_was_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let child = versus(&["run", "--layer", "protocol", "--jobs", "1", "-o", &folder.path().display().to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("versus can be started");
    let child = interrupt_after_the_first_cell(child);
    ends(&child, 130, "interrupted");
    let text = std::fs::read_to_string(folder.path().join("run.json")).expect("run.json is written all the same");
    assert!(text.contains("\"partial\""), "an interrupted run says so");
    assert!(Path::new(&folder.path().join("index.html")).exists());
}

fn interrupt_after_the_first_cell(mut child: std::process::Child) -> Output {
    use std::io::{BufRead as _, BufReader, Read as _};
    let mut lines = BufReader::new(child.stderr.take().expect("its standard error is piped"));
    let mut seen = String::new();
    while !seen.contains("[  1/") && lines.read_line(&mut seen).expect("its lines can be read") > 0 {}
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill can be started");
    lines.read_to_string(&mut seen).expect("its lines can be read");
    let mut output = child.wait_with_output().expect("it ends");
    output.stderr = seen.into_bytes();
    output
}

#[test]
fn the_lists_and_the_schema_are_printed() {
    ends(&run(&["list", "scenarios"]), 0, "out-stolen-cookie");
    ends(&run(&["list", "deployments"]), 0, "bff");
    ends(&run(&["list", "settings"]), 0, "bff.csrf.header");
    ends(&run(&["explain", "out-stolen-cookie"]), 0, "bff.session.store=sealed-cookie");
    ends(&run(&["schema"]), 0, "$schema");
}
