"""QTI 2.1, 2.2 and 3.0: what is understood, what is left out and why, and what is refused."""

import io
import zipfile
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.qti import package
from integrations.qti.package import read
from integrations.qti.questions import (
    Choice,
    LeftOut,
    Match,
    NotQti,
    Number,
    Order,
    Question,
    Text,
)

SAMPLES = Path(__file__).parents[1] / "data" / "qti"

ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="i"
 title="T"><responseDeclaration identifier="R" cardinality="single" baseType="{base}">{right}
</responseDeclaration><itemBody>{body}</itemBody></assessmentItem>"""
RIGHT = "<correctResponse><value>a</value></correctResponse>"
CHOICE = (
    '<choiceInteraction responseIdentifier="R" maxChoices="1"><prompt>Which?</prompt>'
    '<simpleChoice identifier="a">A</simpleChoice><simpleChoice identifier="b">B</simpleChoice>'
    "</choiceInteraction>"
)


def _zip(files, manifest=None):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
        if manifest is not None:
            listed = "".join(
                f'<resource identifier="r" type="imsqti_item_xmlv2p1" href="{name}"/>'
                for name in manifest
            )
            zipped.writestr(
                "imsmanifest.xml", f"<manifest><resources>{listed}</resources></manifest>"
            )
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "prompt", "points", "answer"),
    [
        (
            "choice-v3",
            "Think of a pizza. 1/2 is a half. Which is more?",
            2,
            Choice(("one third", "one half"), (1,), several=False, shuffle=True),
        ),
        (
            "several-v21",
            "Which are one half?",
            1,
            Choice(("2/4", "2/3", "5/10"), (0, 2), several=True, shuffle=False),
        ),
        (
            "number-v21",
            "What is pi, about?",
            1,
            Number(Fraction("3.14"), Fraction("0.01"), percent=False),
        ),
        ("fraction-v3", "What is 3 × 2/5?", 1, Text(("6/5", "12/10"), case_sensitive=False)),
        (
            "word-v21",
            "The top of a fraction is the",
            1,
            Text(("numerator", "the numerator"), case_sensitive=False),
        ),
        ("order-v3", "Smallest first.", 1, Order(("1/4", "1/2", "3/4"))),
        (
            "match-v21",
            "What belongs together?",
            1,
            Match((("one half", "2/4"), ("one quarter", "3/12")), ("2/3",)),
        ),
    ],
)
def test_each_kind_is_understood_in_both_versions(name, prompt, points, answer):
    (question,) = read((SAMPLES / f"{name}.xml").read_bytes())
    assert isinstance(question, Question), question
    assert (question.prompt, question.points, question.answer) == (prompt, points, answer)


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (ITEM.format(base="identifier", right=RIGHT, body="<p>Look.</p>"), "no_interaction"),
        (ITEM.format(base="identifier", right=RIGHT, body=CHOICE + CHOICE), "several_interactions"),
        (
            ITEM.format(
                base="identifier",
                right=RIGHT,
                body='<p>Draw.</p><drawingInteraction responseIdentifier="R"/>',
            ),
            "unknown_interaction",
        ),
        (ITEM.format(base="identifier", right="", body=CHOICE), "no_right_answer"),
        (
            ITEM.format(base="identifier", right=RIGHT, body='<img src="x.png"/>' + CHOICE),
            "picture",
        ),
        (
            ITEM.format(
                base="string",
                right=RIGHT,
                body='<p><textEntryInteraction responseIdentifier="R"/></p>',
            ),
            "no_words",
        ),
        (
            ITEM.format(
                base="float",
                right=RIGHT,
                body='<p>How many? <textEntryInteraction responseIdentifier="R"/></p>',
            ),
            "not_understood",
        ),
        (
            ITEM.format(
                base="identifier",
                right="<correctResponse><value>z</value></correctResponse>",
                body=CHOICE,
            ),
            "not_understood",
        ),
        ("<questestinterop/>", "older_qti"),
        ('<assessmentTest identifier="t"/>', "not_an_item"),
    ],
)
def test_what_is_left_out_says_why(item, why):
    (left_out,) = read(item.encode())
    assert isinstance(left_out, LeftOut)
    assert left_out.why == why


def test_a_package_gives_the_items_its_manifest_lists_in_their_order():
    one = (SAMPLES / "order-v3.xml").read_bytes()
    two = (SAMPLES / "word-v21.xml").read_bytes()
    packed = _zip({"items/b.xml": one, "a.xml": two, "c.xml": one}, ["items/b.xml", "a.xml"])
    assert [found.identifier for found in read(packed)] == ["order-3", "word-21"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"hello", "not_xml"),
        (b"", "not_xml"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "not_xml"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "not_xml"),
        (b"PK\x03\x04broken", "not_xml"),
        (_zip({"readme.txt": "hi"}), "empty"),
        (_zip({f"{n}.xml": "<a/>" for n in range(package.MOST_FILES + 1)}), "too_many"),
        (_zip({"a.xml": b" " * (package.MOST_FILE_BYTES + 1)}), "too_large"),
        (b" " * (package.MOST_FILE_BYTES + 1), "too_large"),
    ],
)
def test_what_is_no_qti_is_refused(raw, code):
    with pytest.raises(NotQti) as refused:
        read(raw)
    assert refused.value.code == code


def test_a_package_that_unpacks_to_more_than_its_limit_is_refused(monkeypatch):
    monkeypatch.setattr(package, "MOST_BYTES", 5000)
    bomb = _zip({f"{n}.xml": f"<a>{' ' * 2000}</a>" for n in range(4)})
    assert len(bomb) < 1000
    with pytest.raises(NotQti) as refused:
        read(bomb)
    assert refused.value.code == "too_large"


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_never_crashes(raw):
    with pytest.raises(NotQti):
        read(raw + b"\xff<")
