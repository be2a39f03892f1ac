"""Observe, diagnose, and act on the policy: raise, warn, record, breakpoint or off."""
