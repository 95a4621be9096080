"""A QTI file: one item, or a content package (zip with `imsmanifest.xml`)."""

import io
import zipfile
import zlib

from integrations.qti.items import question_of
from integrations.qti.questions import LeftOut, NotQti, Question
from integrations.qti.tree import Node, parse

MOST_FILES = 500
MOST_FILE_BYTES = 1024 * 1024
MOST_BYTES = 20 * 1024 * 1024
"""Unpacked, all together: a small zip may hold an endless file."""
MANIFEST = "imsmanifest.xml"


def read(raw: bytes) -> list[Question | LeftOut]:
    """All items of a file in order. Raises `NotQti` where it is neither an item nor a package."""
    if zipfile.is_zipfile(io.BytesIO(raw)):
        return [question_of(item) for item in _unpacked(raw)]
    if len(raw) > MOST_FILE_BYTES:
        raise NotQti("too_large")
    return [question_of(parse(raw))]


def _unpacked(raw: bytes) -> list[Node]:
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            names = [info.filename for info in package.infolist() if not info.is_dir()]
            if len(names) > MOST_FILES:
                raise NotQti("too_many")
            files = _Files(package)
            manifest = next((name for name in names if name.endswith(MANIFEST)), None)
            if manifest is None:
                wanted = [name for name in names if name.lower().endswith(".xml")]
            else:
                folder = manifest.removesuffix(MANIFEST)
                listed = _listed(parse(files.read(manifest)))
                wanted = [folder + href for href in listed if folder + href in names]
            items = [parse(files.read(name)) for name in wanted]
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise NotQti("not_xml") from error
    if not items:
        raise NotQti("empty")
    return items


class _Files:
    """Files of a package, with a limit for each and for all."""

    def __init__(self, package: zipfile.ZipFile) -> None:
        self._package = package
        self._left = MOST_BYTES

    def read(self, name: str) -> bytes:
        """One file. Raises `NotQti` where it is larger than what is left."""
        most = min(MOST_FILE_BYTES, self._left)
        with self._package.open(name) as file:
            found = file.read(most + 1)
        if len(found) > most:
            raise NotQti("too_large")
        self._left -= len(found)
        return found


def _listed(manifest: Node) -> list[str]:
    """Addresses of the manifest's items (`imsqti_item_xmlv2p1`, `imsqti_item_xmlv3p0`)."""
    return [
        resource.attributes["href"]
        for resource in manifest.all("resource")
        if "imsqti_item" in resource.attributes.get("type", "") and resource.attributes.get("href")
    ]
