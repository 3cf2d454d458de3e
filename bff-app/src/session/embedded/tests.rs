//! What the file keeps: over a restart, and over a kill in the middle of writing.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::config::Storage;
use crate::session::store::group_of_sub;
use crate::session::{battery, sample};
use crate::settings;
use crate::storage::key;

const BEGAN_S: u64 = 1_000_000;
/// What the child says before the name of a session that is kept.
const KEPT: &str = "kept ";
/// How many writes the child would make, were it not killed after 1,000 of them.
const ENDLESS: usize = 100_000;

fn open(file: &Path, now: u64) -> Embedded {
    let storage = Storage { file: Some(file.to_owned()), ..Storage::default() };
    let journal = Arc::new(Journal::open(&storage).unwrap());
    Embedded::new(journal, Lives::new(&settings::Session::default()), now).unwrap()
}

async fn is_alive(store: &Embedded, key: Key, now: u64) -> bool {
    store.find(key, now, Slide::No).await.unwrap().is_some()
}

#[tokio::test]
async fn passes_the_battery() {
    let folder = tempfile::tempdir().unwrap();
    battery::all(|lives| {
        let file = folder.path().join(hosting::random_token());
        let journal = Journal::open(&Storage { file: Some(file), ..Storage::default() }).unwrap();
        Box::new(Embedded::new(Arc::new(journal), lives, BEGAN_S).unwrap())
    })
    .await;
}

#[tokio::test]
async fn a_restart_loses_nothing_and_revives_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions");
    let (kept, renewed, ended) = (key("session", "a"), key("session", "b"), key("session", "c"));
    let store = open(&file, BEGAN_S);
    for key in [kept, renewed, ended] {
        store.insert(key, Arc::new(sample("alice", Some("x"), BEGAN_S)), BEGAN_S).await.unwrap();
    }
    let mut next = sample("alice", Some("x"), BEGAN_S);
    next.tokens.access_token = "next".to_owned();
    assert!(store.renew(renewed, Arc::new(next.clone())).await.unwrap());
    store.find(kept, BEGAN_S + 1_001, Slide::Yes).await.unwrap().unwrap();
    store.find(kept, BEGAN_S + 1_003, Slide::Yes).await.unwrap().unwrap();
    store.end(ended).await.unwrap();
    drop(store);

    let store = open(&file, BEGAN_S + 1_010);
    let found = store.find(renewed, BEGAN_S + 1_010, Slide::No).await.unwrap().unwrap();
    assert_eq!(*found.session, next);
    assert!(!is_alive(&store, ended, BEGAN_S + 1_010).await);
    assert_eq!(store.find(kept, BEGAN_S + 1_010, Slide::No).await.unwrap().unwrap().used_s, BEGAN_S + 1_003);
    assert_eq!(store.members(group_of_sub("alice"), BEGAN_S + 1_010).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_died_of_age_meanwhile_is_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions");
    let store = open(&file, BEGAN_S);
    store.insert(key("session", "a"), Arc::new(sample("alice", None, BEGAN_S)), BEGAN_S).await.unwrap();
    drop(store);
    drop(open(&file, BEGAN_S + 1_800));
    let store = open(&file, BEGAN_S);
    assert!(!is_alive(&store, key("session", "a"), BEGAN_S).await, "it was struck out");
}

#[tokio::test]
async fn a_copy_of_the_file_tells_nothing_and_another_key_does_not_open_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions");
    let store = open(&file, BEGAN_S);
    let mut session = sample("alice-the-user", Some("the-sid"), BEGAN_S);
    session.tokens.refresh_token = Some("the-refresh-token".to_owned());
    store.insert(key("session", "the-cookie"), Arc::new(session), BEGAN_S).await.unwrap();
    drop(store);
    let bytes = std::fs::read(&file).unwrap();
    for secret in ["alice-the-user", "the-sid", "the-refresh-token", "the-cookie"] {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret}");
    }
    let other = Storage { file: Some(file), key: Some([9; 32]), ..Storage::default() };
    let refused = Journal::open(&other).err().unwrap();
    assert!(matches!(&refused, CannotStart::Key(why) if why.contains("storage.key")), "{refused}");
}

#[tokio::test]
async fn a_file_that_is_open_already_is_not_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions");
    let _first = open(&file, BEGAN_S);
    let storage = Storage { file: Some(file), ..Storage::default() };
    assert!(matches!(Journal::open(&storage).err(), Some(CannotStart::Storage(_))));
    assert!(matches!(Journal::open(&Storage::default()).err(), Some(CannotStart::Storage(_))), "no file is named");
}

#[tokio::test]
async fn those_who_wait_share_one_write() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions");
    let store = open(&file, BEGAN_S);
    let begin = |n: u8| store.insert([n; 16], Arc::new(sample("alice", None, BEGAN_S)), BEGAN_S);
    let all = futures_util::future::join_all((0..100).map(begin)).await;
    assert!(all.iter().all(Result::is_ok));
    drop(store);
    assert_eq!(open(&file, BEGAN_S).members(group_of_sub("alice"), BEGAN_S).await.unwrap().len(), 100);
}

/// Issue 4: a kill in the middle of 1,000 writes loses at most what was not yet acknowledged.
#[tokio::test]
async fn a_kill_in_the_middle_of_writing_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sessions");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "session::embedded::tests::writes_until_it_is_killed", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{}", file.display()).unwrap();
    let mut acknowledged = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        acknowledged.extend(line.unwrap().strip_prefix(KEPT).map(str::to_owned));
        if acknowledged.len() == 1_000 {
            // SIGKILL; what the child has said until then still comes through the pipe.
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!((1_000..ENDLESS).contains(&acknowledged.len()), "{} writes were acknowledged", acknowledged.len());
    let store = open(&file, BEGAN_S);
    for name in acknowledged {
        let found = store.find(key("session", &name), BEGAN_S, Slide::No).await.unwrap();
        assert_eq!(found.unwrap_or_else(|| panic!("{name} was acknowledged")).session.name, name);
    }
}

#[tokio::test]
#[ignore = "it is the child of the test above"]
async fn writes_until_it_is_killed() {
    let mut file = String::new();
    std::io::stdin().lock().read_line(&mut file).unwrap();
    let file = file.trim_end();
    if file.is_empty() {
        return;
    }
    let store = open(Path::new(file), BEGAN_S);
    for n in 0..ENDLESS {
        let mut session = sample("alice", Some("x"), BEGAN_S);
        session.name = format!("session-{n}");
        let key = key("session", &session.name);
        let name = session.name.clone();
        store.insert(key, Arc::new(session), BEGAN_S).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{KEPT}{name}").unwrap();
        out.flush().unwrap();
    }
}
