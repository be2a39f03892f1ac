"""Observe, diagnose, and act on the policy: raise, warn, record, breakpoint or off."""

from batchfirst.model.finding import use_renderer
from batchfirst.model.trace import use_trace_renderer
from batchfirst.render.plain import render_finding
from batchfirst.render.trace_table import render_trace

use_renderer(render_finding)
use_trace_renderer(render_trace)
