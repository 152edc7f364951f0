"""Pictures of a trace: Mermaid text, and a page that is one file."""
