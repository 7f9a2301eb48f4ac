"""The report of a finished search: one page that needs nothing from elsewhere."""

from skhpo._report.essentials import essentials_html
from skhpo._report.file import write_report

__all__ = ["essentials_html", "write_report"]
