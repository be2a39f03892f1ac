"""A finding as text and as data: blocks of lines with roles, written plain, as JSON, for GitHub and as SARIF."""
