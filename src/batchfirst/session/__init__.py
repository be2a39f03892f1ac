"""Observe, diagnose, and act on the policy: raise, warn, record, breakpoint or off."""

from batchfirst.model.finding import use_renderer
from batchfirst.render.plain import render_finding

use_renderer(render_finding)
