//! Boots deployments, drives them, attacks them, judges what it saw, and hands the run to the reports.

pub mod actors;
pub mod catalog;
pub mod cli;
pub mod commands;
pub mod config;
pub mod deployment;
pub mod page;
pub mod progress;
mod questions;
mod record;
pub mod runner;
pub mod scenario;
pub mod settings;
pub mod stage;
pub mod testbed;
