"""Reads an index page with pip's own parser or with pypi-simple: `python read_page.py pip|pypi-simple TYPE < page`.

Prints a JSON list of links. It runs in an environment of that parser, not in the tests' own.
"""

import json
import sys

PAGE_URL = "https://example.org/repo/acme-lib/"


def with_pip(content: bytes, content_type: str) -> list[dict]:
    from pip._internal.index.collector import IndexContent, parse_links

    page = IndexContent(content, content_type, encoding=None, url=PAGE_URL, cache_link_parsing=False)
    return [
        {
            "filename": link.filename,
            "url": link.url_without_fragment,
            "hashes": dict(link._hashes),
            "requires_python": link.requires_python or None,
            "yanked": link.yanked_reason,
            "metadata": None if link.metadata_file_data is None else (link.metadata_file_data.hashes or {}),
        }
        for link in parse_links(page)
    ]


def with_pypi_simple(content: bytes, content_type: str) -> list[dict]:
    from pypi_simple import ProjectPage

    if content_type.endswith("+json"):
        page = ProjectPage.from_json_data(json.loads(content), base_url=PAGE_URL)
    else:
        page = ProjectPage.from_html("acme-lib", content, base_url=PAGE_URL)
    links = []
    for package in page.packages:
        metadata = None
        if package.has_metadata:
            metadata = package.metadata_digests or {}
        links.append(
            {
                "filename": package.filename,
                "url": package.url,
                "hashes": package.digests,
                "requires_python": package.requires_python or None,
                "yanked": (package.yanked_reason or "") if package.is_yanked else None,
                "metadata": metadata,
                "version": package.version,
                "gpg": package.has_sig,
                "provenance": package.provenance_url,
                "size": package.size,
                "upload_time": package.upload_time and package.upload_time.isoformat(),
                "status": str(page.status) if getattr(page, "status", None) else None,
                "repository_version": page.repository_version,
            }
        )
    return links


parsers = {"pip": with_pip, "pypi-simple": with_pypi_simple}
json.dump(parsers[sys.argv[1]](sys.stdin.buffer.read(), sys.argv[2]), sys.stdout)
