"""How Sphinx builds the API reference: ``python3 dev.py docs`` (warnings fail)."""

from netcore import __version__

project = "Phobos"
author = "The Phobos developers"
release = version = __version__
extensions = ["sphinx.ext.autodoc"]
html_theme = "alabaster"
html_show_copyright = False
add_module_names = False
autodoc_typehints = "description"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
nitpicky = False  # references in docstrings are checked by tests/test_docstrings.py
