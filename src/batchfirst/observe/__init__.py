"""The torch users: hooks, call sites, the op recorder and the audit's measurements."""
