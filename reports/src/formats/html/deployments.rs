//! What was attacked: each deployment, what it changes, and all of its settings.

use super::escape::{self, code, text};
use super::matrix;
use crate::model::{Deployment, Run};

/// Renders the deployments.
pub(super) fn render(run: &Run) -> String {
    let mut out = String::from(
        "<section id=\"deployments\" aria-labelledby=\"deployments-head\">\n\
         <h2 id=\"deployments-head\">Deployments</h2>\n<div class=\"cards\">\n",
    );
    for deployment in &run.deployments {
        out.push_str(&card(deployment));
    }
    out.push_str("</div>\n</section>\n");
    out
}

fn card(deployment: &Deployment) -> String {
    let changes: String = if deployment.changes.is_empty() {
        "<p class=\"quiet\">the reference: every protection that a careful team ships today</p>".to_owned()
    } else {
        let items = escape::items(deployment.changes.iter().map(|change| code(change)));
        format!("<ul class=\"changes\">{items}</ul>")
    };
    let settings = serde_json::to_string_pretty(&deployment.settings).unwrap_or_default();
    format!(
        "<article class=\"deployment-card {} {}\" id=\"{}\">\n<h3>{}</h3>\n<p class=\"tags\"><span>{}</span> <span>{}</span></p>\n\
         {changes}\n<details><summary>All settings</summary><pre tabindex=\"0\">{}</pre></details>\n</article>\n",
        escape::fragment(&deployment.architecture),
        escape::fragment(&deployment.class),
        matrix::fragment(deployment),
        text(&deployment.id),
        text(architecture(&deployment.architecture)),
        text(&deployment.class),
        text(&settings)
    )
}

fn architecture(id: &str) -> &str {
    match id {
        "bff" => "backend for frontend",
        "spa" => "SPA with a public API",
        "tmb" => "token-mediating backend",
        "idp" => "identity provider alone, not compared",
        other => other,
    }
}
