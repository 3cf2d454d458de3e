//! Somebody guesses a credential, or two people get the same one.
//!
//! Every credential comes from one generator, so a large sample of it is looked at bit by bit, and real sign-ins are
//! held against the sample: of the same shape, and none of them twice. What is measured bounds the entropy from
//! above. It sees constants, counters and clocks, and no correlation between bits; that the system's generator is a
//! good one is not shown here.

use std::collections::HashSet;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::PROVIDER_ALONE;
use crate::actors::relying_party::{Tokens, code_in};
use crate::deployment::{Architecture, Deployment};
use crate::scenario::Bound::{AtLeast, AtMost, Exactly};
use crate::scenario::Expectation::{Holds, Violated};
use crate::scenario::{Attacker, Control, Expectation, MeasureDef, Scenario, Source, Verdict};
use crate::stage::Stage;

pub(super) const SCENARIO: Scenario = Scenario {
    id: "self-entropy",
    title: "Credentials that can be guessed",
    property: "no two credentials are the same, and each has at least 128 bits that vary",
    attacker: Attacker::Nobody,
    steps: &[
        "take 100 000 values of the generator that every credential comes from",
        "sign in 100 times with browsers of their own, and keep session cookies, codes, access and refresh tokens",
        "see that all of them have the shape of the generator's values",
        "count those that occur twice",
        "add up the min-entropy of each bit over the sample",
    ],
    sources: &[
        Source::asvs("7.2.3"),
        Source::of("RFC 6749", "10.4"),
        Source::of("RFC 6749", "10.10"),
        Source::wstg("SESS-01"),
    ],
    measures: &[
        MeasureDef::count(DUPLICATES, "values"),
        MeasureDef::count(MISSHAPEN, "values"),
        MeasureDef::neutral(BITS, "bits"),
        MeasureDef::neutral(HANDED_OUT, "credentials"),
    ],
    expect,
    controls: &[Control { changes: &[("idp.random", "counter")] }],
    protocol: Some(|stage| Box::pin(attempt(stage))),
    browser: None,
};

const DUPLICATES: &str = "values that occur twice";
const MISSHAPEN: &str = "values of another shape";
const BITS: &str = "bits that vary";
const HANDED_OUT: &str = "credentials of real sign-ins";

const SAMPLE: usize = 100_000;
const SIGN_INS: u32 = 100;
/// What is enough.
const ENOUGH: f64 = 128.0;
/// The bytes of a value.
const BYTES: usize = 32;

fn expect(deployment: &Deployment) -> Expectation {
    let idp = &deployment.settings.idp;
    let handed_out = (HANDED_OUT, Exactly(f64::from(SIGN_INS * kinds(idp.access_token_format))));
    let (duplicates, misshapen) = ((DUPLICATES, Exactly(0.0)), (MISSHAPEN, Exactly(0.0)));
    match (deployment.architecture, idp.random) {
        (Architecture::Bff | Architecture::Spa | Architecture::Tmb, _) => PROVIDER_ALONE,
        (Architecture::Provider, mock_idp::Randomness::System) => {
            Holds(vec![duplicates, misshapen, (BITS, AtLeast(ENOUGH)), handed_out])
        }
        // Its clock stands still, and a hundred thousand steps move 17 bits of its counter.
        (Architecture::Provider, mock_idp::Randomness::Counter) => {
            Violated(vec![duplicates, misshapen, (BITS, AtMost(17.0)), handed_out])
        }
    }
}

/// How many kinds of credential a sign-in gives that come from the generator; a signed access token does not.
fn kinds(format: mock_idp::AccessTokenFormat) -> u32 {
    match format {
        mock_idp::AccessTokenFormat::Opaque => 4,
        mock_idp::AccessTokenFormat::Jwt => 3,
    }
}

async fn attempt(stage: &mut Stage) -> Result<Verdict> {
    let registered = stage.testbed.credentials.all().len();
    let sample = stage.testbed.provider.sample(SAMPLE);
    ensure!(stage.testbed.credentials.all().len() == registered, "the sample must not be registered: nobody sends it");
    let mut handed_out = Vec::new();
    for _ in 0..SIGN_INS {
        handed_out.extend(sign_in(stage).await?);
    }
    let all = || sample.iter().chain(&handed_out).map(String::as_str);
    let duplicates = all().count() - all().collect::<HashSet<_>>().len();
    let misshapen = all().filter(|value| decoded(value).is_none()).count();
    let values: Vec<[u8; BYTES]> = sample.iter().filter_map(|value| decoded(value)).collect();
    let bits = bits_that_vary(&values);
    Ok(Verdict::holds_if(duplicates == 0 && misshapen == 0 && bits >= ENOUGH)
        .counting(DUPLICATES, duplicates)
        .counting(MISSHAPEN, misshapen)
        .estimating(BITS, bits)
        .counting(HANDED_OUT, handed_out.len()))
}

/// Signs in with a browser that has no session yet, and returns what the provider made for it.
async fn sign_in(stage: &Stage) -> Result<Vec<String>> {
    let mut client = stage.confidential_client();
    // Without `openid`: nobody looks at an ID token here, so none is signed.
    let answer = client.sign_in("alice", &[("scope", "accounts offline_access")]).await?;
    let code = code_in(&answer).context("the provider must answer a code")?;
    let tokens = Tokens::of(&client.redeem(&code, &[]).await?)?;
    let mut cookies = client.browser.cookies().into_iter();
    let session = cookies.find(|cookie| cookie.name.ends_with("idp-session")).context("the provider sets a session")?;
    let mut values = vec![session.value, code, tokens.refresh_token];
    if stage.deployment().settings.idp.access_token_format == mock_idp::AccessTokenFormat::Opaque {
        values.push(tokens.access_token);
    }
    Ok(values)
}

/// Returns the bytes of a value, or nothing where it has another shape.
fn decoded(value: &str) -> Option<[u8; BYTES]> {
    URL_SAFE_NO_PAD.decode(value).ok()?.try_into().ok()
}

/// Adds up the min-entropy of each bit on its own.
fn bits_that_vary(values: &[[u8; BYTES]]) -> f64 {
    // Counted by byte first: 32 steps a value, and not 256.
    let mut seen = vec![[0_u32; 256]; BYTES];
    for value in values {
        for (counts, byte) in seen.iter_mut().zip(value) {
            counts[usize::from(*byte)] += 1;
        }
    }
    let of = f64::from(u32::try_from(values.len()).unwrap_or(u32::MAX));
    let set = seen.iter().flat_map(|counts| (0..8).map(move |bit| ones(counts, bit)));
    set.map(|ones| min_entropy(f64::from(ones) / of, of)).sum()
}

/// Counts the bytes in which a bit is set.
fn ones(counts: &[u32; 256], bit: usize) -> u32 {
    counts.iter().enumerate().filter(|(byte, _)| (byte >> bit) & 1 == 1).map(|(_, count)| count).sum()
}

/// Returns −log2(max(p, 1 − p)) for the share p of ones among so many.
///
/// A fair bit strays from one half too: within five standard deviations it counts as fair.
fn min_entropy(share: f64, of: f64) -> f64 {
    let bias = (share - 0.5).abs();
    let noise = 5.0 * 0.5 / of.sqrt();
    if bias <= noise { 1.0 } else { -(0.5 + bias).log2() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_about(bits: f64, expected: f64) -> bool {
        (bits - expected).abs() < 1e-9
    }

    #[test]
    fn a_constant_has_no_bit_that_varies() {
        assert!(is_about(bits_that_vary(&vec![[7; BYTES]; 1000]), 0.0));
    }

    #[test]
    fn a_counter_has_those_that_it_moves() {
        let values: Vec<[u8; BYTES]> = (0..1024_u16)
            .map(|n| {
                let mut value = [0; BYTES];
                value[BYTES - 2..].copy_from_slice(&n.to_be_bytes());
                value
            })
            .collect();
        assert!(is_about(bits_that_vary(&values), 10.0));
    }

    #[test]
    fn a_fair_bit_counts_whole_and_a_loaded_one_less() {
        assert!(is_about(min_entropy(0.5, 1e5), 1.0) && is_about(min_entropy(0.505, 1e5), 1.0));
        assert!(
            is_about(min_entropy(0.75, 1e5), -(0.75_f64.log2()))
                && is_about(min_entropy(0.25, 1e5), -(0.75_f64.log2()))
        );
    }

    #[test]
    fn only_a_value_of_the_generator_has_its_shape() {
        assert!(decoded(&hosting::random_token()).is_some());
        for other in ["", "abc", "a.b.c", "not base64url!"] {
            assert!(decoded(other).is_none(), "{other}");
        }
    }
}
