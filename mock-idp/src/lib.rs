//! An OpenID provider for tests: honest by default, weak only behind named switches.
