//! The binary versus: boots deployments, attacks them, judges, and writes the run.
