"""Sphinx configuration. The build reads nothing from the network."""

import os
import re
import shutil
import sys
from pathlib import Path

# Gallery workers and plots must not ask for a display.
os.environ.setdefault("MPLBACKEND", "agg")

# For `picture`, and `gallery`, which is named below: a function here could not be pickled.
sys.path.insert(0, str(Path(__file__).parent))

import picture
from numpydoc.xref import DEFAULT_LINKS

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
# Single backticks in docstrings are code, and a link where they name something of ours.
default_role = "py:obj"
highlight_language = "python"
# Quotes in types are code.
smartquotes = False

myst_enable_extensions = ["attrs_inline", "colon_fence", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_member_order = "groupwise"
autodoc_typehints = "none"
# A page has one class: its members need not repeat the name in the table of contents.
toc_object_entries_show_parents = "hide"
# A table of methods on the page of a class, which describes them below it.
numpydoc_show_class_members = True
numpydoc_class_members_toctree = False
# Types are links where they are ours: others would need an inventory of theirs.
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
numpydoc_xref_aliases = {
    **{word: word for word in DEFAULT_LINKS},
    **{name: f"skhpo.{name}" for name in skhpo.__all__},
}

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"\.py$",
    "ignore_pattern": r"__init__\.py$",
    "abort_on_example_error": True,
    # Of an example that draws nothing: the report's pages show such pictures.
    "default_thumb_file": str(Path(__file__).parent / "generated" / "search-light.png"),
    "download_all_examples": False,
    "min_reported_time": 1,
    "plot_gallery": True,
    "remove_config_comments": True,
    "reset_modules": ("matplotlib", "gallery.forget_spent"),
    "show_memory": False,
    "within_subsection_order": "gallery.ReadingOrder",
}

html_theme = "pydata_sphinx_theme"
html_title = f"skhpo {release}"
html_show_sourcelink = False
# These have no pages below them to go to.
html_sidebars = {page: [] for page in ("architecture", "changelog", "index", "migration", "start")}
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_theme_options = {
    "header_links_before_dropdown": 5,
    "navigation_with_keys": False,
    "show_toc_level": 2,
}


def copy_report(app, error):
    """Put the report that an example wrote where the guide links to it."""
    written = Path(app.srcdir) / "examples" / "report.html"
    if error is None and app.builder.format == "html" and written.exists():
        shutil.copy(written, Path(app.outdir) / "report.html")


def draw_picture(app):
    """Draw what the first pages show."""
    picture.draw(Path(app.srcdir) / "generated")


def set_page(app, page, source):
    """Drop the blank line that doctest needs at the end of a block; keep ± with its numbers."""
    source[0] = re.sub(r"\n\n```$", "\n```", source[0], flags=re.MULTILINE)
    source[0] = source[0].replace(" ± ", "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}")


def setup(app):
    """Ask to be called before pages are read, for each, and when all are there."""
    # Before the gallery, which shows it too.
    app.connect("builder-inited", draw_picture, priority=100)
    app.connect("source-read", set_page)
    app.connect("build-finished", copy_report)
