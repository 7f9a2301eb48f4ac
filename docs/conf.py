"""Sphinx configuration. The build reads nothing from the network."""

import os
import shutil
import sys
from pathlib import Path

# Gallery workers and plots must not ask for a display.
os.environ.setdefault("MPLBACKEND", "agg")

# For `gallery`, which is named below: a function in this file could not be pickled.
sys.path.insert(0, str(Path(__file__).parent))

import skhpo

project = "skhpo"
copyright = "skhpo developers"
author = "skhpo developers"
version = release = skhpo.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "sphinx_gallery.gen_gallery",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = ["_build", "changes", "examples", "auto_examples/*.ipynb"]
templates_path = ["_templates"]
# Single backticks in docstrings name parameters and code.
default_role = "code"
highlight_language = "python"
# Quotes in types are code.
smartquotes = False

myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
# The class template lists members; numpydoc's own list would repeat them.
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"__init__\.py$",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "min_reported_time": 1,
    "plot_gallery": True,
    "remove_config_comments": True,
    "reset_modules": ("matplotlib", "gallery.forget_spent"),
    "show_memory": False,
}

html_theme = "pydata_sphinx_theme"
html_title = f"skhpo {release}"
html_show_sourcelink = False
html_theme_options = {
    "navigation_with_keys": False,
    "show_toc_level": 2,
}


def copy_report(app, error):
    """Put the report that an example wrote where the guide links to it."""
    written = Path(app.srcdir) / "examples" / "report.html"
    if error is None and app.builder.format == "html" and written.exists():
        shutil.copy(written, Path(app.outdir) / "report.html")


def setup(app):
    """Ask to be called when all pages are there."""
    app.connect("build-finished", copy_report)
