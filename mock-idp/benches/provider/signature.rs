//! The CPU time of one signature, without any JWT around it: what no token that is signed can be cheaper than.

use std::hint::black_box;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};

use crate::process;

/// About as long as header and payload of an access token, encoded.
const MESSAGE: &[u8] = &[b'x'; 400];

/// How a token is signed (RFC 7518 §3.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, by a key of 2048 bits.
    Rs256,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 2] = [Self::Es256, Self::Rs256];

    fn named(name: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == name);
        found.with_context(|| format!("no such algorithm: {name}"))
    }

    /// Returns how many signatures there are between two looks at the time, so that looking costs next to nothing.
    fn batch(self) -> u32 {
        match self {
            Self::Es256 => 1_000,
            Self::Rs256 => 100,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

/// Returns the CPU time of one signature in microseconds, measured in a process of its own.
pub(crate) fn cost_us(algorithm: Algorithm, cpu: Duration) -> Result<f64> {
    let program = std::env::current_exe().context("find this program")?;
    let mut command = Command::new(program);
    command.args(["sign", algorithm.name(), &cpu.as_millis().to_string()]).stderr(Stdio::inherit());
    let output = command.output().context("start the process that signs")?;
    ensure!(output.status.success(), "the process that signs ended with {}", output.status);
    let text = String::from_utf8(output.stdout).context("read the cost of a signature")?;
    text.trim().parse().with_context(|| format!("not a number of microseconds: {text:?}"))
}

/// Signs until it has taken `cpu_ms`, and prints how many microseconds one signature took.
pub(crate) fn sign(algorithm: &str, cpu_ms: u64) -> Result<()> {
    let algorithm = Algorithm::named(algorithm)?;
    let (sign, batch) = (signer(algorithm)?, algorithm.batch());
    let own = std::process::id();
    repeat(&*sign, batch);
    let before = process::cpu(own)?;
    let mut performed = 0;
    let spent = loop {
        repeat(&*sign, batch);
        performed += batch;
        let spent = process::cpu(own)?.saturating_sub(before);
        if spent >= Duration::from_millis(cpu_ms) {
            break spent;
        }
    };
    let cost_us = process::per_operation_us(spent, performed);
    writeln!(std::io::stdout().lock(), "{cost_us}").context("say what a signature cost")
}

fn repeat(sign: &dyn Fn(), times: u32) {
    for _ in 0..times {
        sign();
    }
}

/// Returns what signs once.
pub(crate) fn signer(algorithm: Algorithm) -> Result<Box<dyn Fn() + Send + Sync>> {
    match algorithm {
        Algorithm::Es256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).context("make a key")?;
            Ok(Box::new(move || {
                black_box(pair.sign(&SystemRandom::new(), black_box(MESSAGE)).expect("a P-256 key signs"));
            }))
        }
        Algorithm::Rs256 => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).context("make a key")?;
            Ok(Box::new(move || {
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), black_box(MESSAGE), &mut signature);
                signed.expect("an RSA key of 2048 bits signs");
                black_box(signature);
            }))
        }
    }
}
