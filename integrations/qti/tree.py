"""QTI's XML without its versions: `qti-simple-choice` and `simpleChoice` are one name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from integrations.qti.questions import NotQti

MATH = "math"


@dataclass
class Node:
    """An element: name and attributes in the spelling of QTI 2, without namespaces."""

    name: str
    attributes: dict[str, str]
    text: str
    tail: str
    children: list["Node"] = field(default_factory=list)

    def all(self, *names: str) -> Iterator["Node"]:
        """Elements of these names anywhere below, in order."""
        for child in self.children:
            if child.name in names:
                yield child
            yield from child.all(*names)

    def first(self, name: str) -> "Node | None":
        """The first element of this name below."""
        return next(self.all(name), None)


def parse(raw: bytes) -> Node:
    """Understand XML. Entities and outside documents are refused. Raises `NotQti`."""
    try:
        return _node(fromstring(raw, forbid_dtd=True))
    except (ParseError, DefusedXmlException, ValueError, RecursionError) as error:
        raise NotQti("not_xml") from error


def _node(element: Element) -> Node:
    return Node(
        name=_plain(str(element.tag)),
        attributes={_plain(name): value for name, value in element.attrib.items()},
        text=element.text or "",
        tail=element.tail or "",
        children=[_node(child) for child in element if isinstance(child.tag, str)],
    )


def _plain(name: str) -> str:
    local = name.rpartition("}")[2].removeprefix("qti-")
    return re.sub(r"-(\w)", lambda found: found.group(1).upper(), local)


def words(node: Node, without: tuple[str, ...] = ()) -> str:
    """The text below an element in one line; formulas by their own text (`alttext`)."""
    parts: list[str] = []

    def collect(here: Node) -> None:
        if here.name == MATH and here.attributes.get("alttext"):
            parts.append(here.attributes["alttext"])
            return
        parts.append(here.text)
        for child in here.children:
            if child.name not in without:
                collect(child)
            parts.append(child.tail)
            if child.name in {"p", "div", "li", "br", "prompt"}:
                parts.append(" ")

    collect(node)
    return " ".join("".join(parts).split())
