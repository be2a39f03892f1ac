"""From one call, failing or about to be made, to findings: rival hypotheses, weighed by what was seen of it."""
