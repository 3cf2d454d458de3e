//! The run as one value, and every report as a pure function of it.
