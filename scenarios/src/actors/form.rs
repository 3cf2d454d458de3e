//! The first form of an HTML page, as far as signing in needs it.

/// A form's action and its named inputs.
#[derive(Debug, PartialEq, Eq)]
pub struct Form {
    /// Where it is posted to.
    pub action: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// Finds the first form of a page.
    pub fn first_in(html: &str) -> Option<Self> {
        let start = html.find("<form")?;
        let end = html[start..].find("</form").map_or(html.len(), |end| start + end);
        let form = &html[start..end];
        let tag = &form[..form.find('>')?];
        let action = attribute(tag, "action").unwrap_or_default();
        let fields = form
            .match_indices("<input")
            .filter_map(|(at, _)| {
                let tag = &form[at..at + form[at..].find('>')?];
                Some((attribute(tag, "name")?, attribute(tag, "value").unwrap_or_default()))
            })
            .collect();
        Some(Self { action, fields })
    }

    /// Sets a field, and adds it where it is missing.
    pub fn fill(&mut self, name: &str, value: &str) {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    /// Returns the body of the post, `application/x-www-form-urlencoded`.
    pub fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\"")).map(|at| at + name.len() + 3)?;
    let value = &tag[start..start + tag[start..].find('"')?];
    Some(unescape(value))
}

fn unescape(text: &str) -> String {
    [
        ("&#34;", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&lt;", "<"),
        ("&#60;", "<"),
        ("&gt;", ">"),
        ("&#62;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_action_and_hidden_fields() {
        let html = r#"<p><form method="post" action="/login?a=1&amp;b=2"><input type="hidden" name="t" value="x&#34;y"><input name="username"></form>"#;
        let mut form = Form::first_in(html).unwrap();
        assert_eq!(form.action, "/login?a=1&b=2");
        form.fill("username", "al ice");
        assert_eq!(form.encoded(), "t=x%22y&username=al+ice");
    }

    #[test]
    fn a_page_without_a_form_has_none() {
        assert_eq!(Form::first_in("<p>no"), None);
    }
}
