//! The parameters of an authorization response (RFC 6749 §4.1.2).

use super::failed::Failed;

/// The response's parameters, none of them twice.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads a query.
    ///
    /// # Errors
    ///
    /// [`Failed::Duplicate`] when a name comes twice: of two readers one would take the other value (RFC 6749 §3.1).
    pub(super) fn parse(query: &str) -> Result<Self, Failed> {
        let all: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let twice = names.windows(2).any(|pair| pair[0] == pair[1]);
        if twice { Err(Failed::Duplicate) } else { Ok(Self(all)) }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_comes_twice_is_refused_however_it_is_written() {
        assert_eq!(Parameters::parse("code=c&state=s").ok().unwrap().get("state"), Some("s"));
        for query in ["code=c&code=d", "state=s&x=1&st%61te=t", "a=&a="] {
            assert!(matches!(Parameters::parse(query), Err(Failed::Duplicate)), "{query}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_query_is_survived(query in ".{0,200}", name in ".{0,10}") {
            if let Ok(parameters) = Parameters::parse(&query) {
                let _ = parameters.get(&name);
            }
        }
    }
}
