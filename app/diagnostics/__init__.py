"""The live diagnostics panel and the export: shows what netcore.observe tells."""
