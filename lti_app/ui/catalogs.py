"""The translation catalogs: collect texts, compile, check that nothing is missing.

`python -m lti_app.ui.catalogs collect|compile|check`
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PACKAGE = Path(__file__).resolve().parent.parent
TRANSLATIONS = PACKAGE / "ui" / "translations"
MAPPING = TRANSLATIONS / "babel.cfg"
TEMPLATE = TRANSLATIONS / "messages.pot"
_FIELD = re.compile(r"%\((\w+)\)")


def catalogs() -> list[Path]:
    """All catalogs, one a language."""
    return sorted(TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))


def read(path: Path) -> Catalog:
    """Read one catalog."""
    with path.open("rb") as file:
        return read_po(file)


def compile_all() -> None:
    """Write the compiled catalogs that the pages read."""
    for path in catalogs():
        # Put in place whole: another process may be reading, or compiling, at this moment.
        fresh = path.with_suffix(f".{os.getpid()}.mo")
        with fresh.open("wb") as file:
            write_mo(file, read(path))
        fresh.replace(path.with_suffix(".mo"))


def extract(to: Path) -> None:
    """Write the texts of code and templates to a template file, sorted."""
    _pybabel(
        "extract", "-F", str(MAPPING), "-k", "_l", "--no-location", "--no-wrap", "--sort-output",
        "--omit-header", "-o", str(to), ".",
    )  # fmt: skip


def collect() -> None:
    """Collect the texts of code and templates, and merge them into every catalog."""
    extract(TEMPLATE)
    for path in catalogs():
        _pybabel(
            "update", "-i", str(TEMPLATE), "-o", str(path), "-l", path.parts[-3], "--no-wrap",
            "--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date",
        )  # fmt: skip


def _pybabel(*arguments: str) -> None:
    command = [sys.executable, "-m", "babel.messages.frontend", *arguments]
    subprocess.run(command, cwd=PACKAGE, check=True, capture_output=True)  # noqa: S603


def problems() -> list[str]:
    """What is missing or wrong in the catalogs; empty when all is well."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "messages.pot"
        extract(fresh)
        same = fresh.read_bytes() == TEMPLATE.read_bytes()
    found = [] if same else ["texts changed: run `make translations`"]
    for path in catalogs():
        language = path.parts[-3]
        for message in read(path):
            if not message.id:
                continue
            strings = _as_list(message.string)
            ids = _as_list(message.id)
            if message.fuzzy or not all(strings):
                found.append(f"{language}: not translated: {ids[0]!r}")
            elif not _same_fields(ids, strings):
                found.append(f"{language}: other fields than in English: {ids[0]!r}")
    return found


def _same_fields(ids: list[str], strings: list[str]) -> bool:
    """Whether a translation names the fields of the English text; a singular may leave out the
    number ("used once")."""
    asked = set(_FIELD.findall(ids[-1]))
    singulars, rest = (strings[:1], strings[1:]) if len(ids) > 1 else ([], strings)
    return all(set(_FIELD.findall(text)) == asked for text in rest) and all(
        asked - {"num"} <= set(_FIELD.findall(text)) <= asked for text in singulars
    )


def _as_list(text: Any) -> list[str]:
    """A text, or its singular and plurals."""
    return list(text) if isinstance(text, list | tuple) else [text]


def main() -> int:
    """Do what the command line says."""
    match sys.argv[1:]:
        case ["collect"]:
            collect()
        case ["compile"]:
            compile_all()
        case ["check"]:
            found = problems()
            print("\n".join(found) or "Every text is translated.")
            return 1 if found else 0
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
