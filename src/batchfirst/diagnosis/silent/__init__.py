"""Silent mistakes: from the trace of an audited run to findings. One module per group of codes."""
