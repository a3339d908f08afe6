"""What the site takes in besides ``docs/``: the examples' pages, and the files of the repository that pages link to.

A page keeps the links that work in the repository. Where one leaves ``docs/``, the file is copied into the site, at the
same path, and the link is turned to it; one to a file that does not exist stays as it is, and the build refuses it.
"""

import os
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
LINK = re.compile(r"(?<=\]\()(?!\w+:|#|/)([^)#\s]+)")
SHIM, OWN_SHIM = "https://unpkg.com/iframe-worker/shim", "assets/iframe-worker.js"
"""What lets a page that is opened as a file be searched: from where the theme has it, and our copy of it."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add pages and linked files, and list the pages that ``nav`` does not have."""
    pages = [ROOT / "docs" / file.src_uri for file in files.documentation_pages()]
    for page in [*sorted((ROOT / "examples").glob("**/README.md")), ROOT / "CONTRIBUTING.md"]:
        _add(files, page, config)
        pages.append(page)
    for page in pages:
        for link in LINK.findall(page.read_text("utf-8")):
            linked = Path(os.path.normpath(page.parent / link))
            if linked.is_file() and linked.is_relative_to(ROOT):
                _add(files, linked, config)
    files.append(File.generated(config, OWN_SHIM, abs_src_path=str(ROOT / ".ci" / "iframe-worker.js")))
    nav: list[Any] = config.nav or []
    known = set(re.findall(r"[\w./-]+\.md", str(nav)))
    rest = [f.src_uri for f in files.documentation_pages() if f.src_uri not in known]
    receivers = next(section["Receivers"] for section in nav if isinstance(section, dict) and "Receivers" in section)
    receivers += sorted(uri for uri in rest if uri.startswith("examples/"))
    decisions = sorted(uri for uri in rest if uri.startswith("decisions/"))
    more = sorted(uri for uri in rest if not uri.startswith(("examples/", "decisions/")))
    config.nav = [*nav, {"More": more}, {"Decisions": decisions}]
    return files


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Turn links between places of the repository into links between places of the site."""
    source = Path(page.file.abs_src_path)

    def turned(found: re.Match[str]) -> str:
        linked = Path(os.path.normpath(source.parent / found[1]))
        if linked.is_dir() and (linked / "README.md").is_file():
            linked /= "README.md"
        if not linked.is_relative_to(ROOT) or not linked.exists():
            return found[1]
        return os.path.relpath(_place(linked), Path(page.file.src_uri).parent)

    return LINK.sub(turned, markdown)


def on_post_page(output: str, page: Any, config: MkDocsConfig) -> str:
    """Fetch nothing from another server."""
    return output.replace(SHIM, os.path.relpath(OWN_SHIM, Path(page.file.dest_uri).parent))


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:
    """Do the same for the page that stands for missing ones."""
    return output_content.replace(SHIM, OWN_SHIM)


def _add(files: Files, path: Path, config: MkDocsConfig) -> None:
    if files.get_file_from_path(_place(path)) is None:
        files.append(File.generated(config, _place(path), abs_src_path=str(path)))


def _place(path: Path) -> str:
    """Where a file of the repository lies in the site."""
    inside = path.relative_to(ROOT)
    if inside == Path("README.md"):
        return "index.md"  # the site has a first page of its own
    return (inside.relative_to("docs") if inside.parts[0] == "docs" else inside).as_posix()
