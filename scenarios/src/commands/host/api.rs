//! `versus host api`: the business API alone, with tokens of any authorization server.

use hosting::{Handed, Issuer};
use public_api::config_file::{self, ConfigFile};
use public_api::{Config, Format, Settings};

use super::place::{self, Certificates, Place, interrupted};
use super::provider::Metadata;
use super::written::Written;
use super::{Exit, Failure, log};
use crate::cli::HostPart;
use crate::progress::{print, say};

/// Serves until the person interrupts.
pub(super) async fn host(arguments: &HostPart) -> Result<Exit, Failure> {
    if arguments.print_example {
        print(config_file::example().trim_end());
        return Ok(Exit::Ok);
    }
    let written = Written::read(arguments, "api")?;
    let read = config_file::read(written.text());
    let ConfigFile { config, settings, asks_for_certificates } = read.map_err(|bad| written.refused(bad))?;
    let certificates = if asks_for_certificates { Certificates::Asked } else { Certificates::NotAsked };
    let (origin, issuer, lines) = (config.origin.clone(), config.issuer.clone(), lines(&config, &settings));
    let (name, handed) = (config.name, place::handed(arguments)?);
    log::begin(arguments.log, &handed.clock);
    let api = public_api::app(config, settings.clone(), handed.clone()).map_err(|why| written.refused(why))?;
    let running = Place::bind(&origin, certificates, arguments)?.serve(name, api.router);
    for line in lines {
        print(&line);
    }
    tell_of_the_issuer(&handed, &issuer, &settings, &written).await;
    print(&format!("ready      {origin}"));
    interrupted().await;
    running.stop().await;
    Ok(Exit::Ok)
}

/// Says what the issuer lacks; one that does not answer yet is no reason to stop.
async fn tell_of_the_issuer(handed: &Handed, issuer: &Issuer, settings: &Settings, written: &Written) {
    match Metadata::ask(&handed.outbound, issuer, None).await {
        Ok(metadata) => {
            for sentence in metadata.lacks_for_an_api(settings) {
                print(&format!("lacks      {sentence}"));
            }
        }
        Err(error) => {
            let shown = written.shown();
            say(&format!(
                "warning: {error:#}: every call is answered 503 until it does: start the issuer, correct \"issuer\" in \
                 {shown}, or trust its authority by --trust"
            ));
        }
    }
}

/// Says where the API is, and which tokens it takes from whom.
fn lines(config: &Config, settings: &Settings) -> Vec<String> {
    let form = match settings.format {
        Format::Opaque => "opaque",
        Format::Jwt => "signed",
        Format::Either => "opaque or signed",
    };
    let mut lines = vec![format!("serves     {}", config.origin), format!("issuer     {}", config.issuer)];
    let audience = if settings.aud.is_on() { config.audience.as_str() } else { "any API" };
    let scope = if settings.scope.is_on() { config.scope.as_str() } else { "of any kind" };
    lines.push(format!("tokens     {form}, for {audience}, with the scope {scope}"));
    lines.extend(config.introspection.as_ref().map(|client| format!("asks as    {}", client.id)));
    lines.extend(config.allowed_origins.iter().map(|page| format!("page       {page}")));
    lines
}

#[cfg(test)]
mod tests {
    use hosting::config_file::ConfigText;

    use super::*;

    #[test]
    fn it_says_which_tokens_it_takes_and_no_secret() {
        let text = ConfigText::new(config_file::example(), std::path::Path::new(""));
        let file = config_file::read(text).expect("the example is right");
        let lines = lines(&file.config, &file.settings);
        assert_eq!(
            lines,
            [
                "serves     http://127.0.0.1:4720",
                "issuer     http://127.0.0.1:4700",
                "tokens     opaque, for accounts-api, with the scope accounts",
                "asks as    api",
                "page       http://localhost:5173",
            ]
        );
    }
}
