"""From findings to text, HTML, JSON and SARIF."""
