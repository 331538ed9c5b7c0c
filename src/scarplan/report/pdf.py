"""The PDF of the report through WeasyPrint, which needs the Pango system library."""

from __future__ import annotations

from scarplan.errors import BadInput


def print_pdf(html: str) -> bytes:
    """Return the page `html` as a PDF. Raises BadInput naming the system package when Pango is missing."""
    try:
        # Imported here: it loads Pango, which many machines lack, and only --pdf needs it.
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (OSError, ImportError) as error:
        raise BadInput(
            "the PDF needs the system library Pango, which cannot be loaded; the HTML pages have been written",
            code="E-REPORT-003",
            got=str(error).splitlines()[0] if str(error) else type(error).__name__,
            do=(
                "install it (Debian and Ubuntu: `apt-get install libpango-1.0-0 libpangoft2-1.0-0`; "
                "macOS: `brew install pango`; Fedora: `dnf install pango`) and run again, "
                "or print the HTML pages from a browser"
            ),
        ) from None
    # Only what stands in the page itself may be loaded.
    return HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=("data",))).write_pdf()
