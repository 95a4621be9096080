"""What is made of the bytes that somebody says are a picture."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lti_app.errors import BadInput
from lti_app.learning.evidence import pictures
from tests.learning.marking_room import picture

SOUND = picture(60, 40, "PNG")


@pytest.mark.parametrize(("kind", "shown_as"), [("WEBP", "JPEG"), ("GIF", "PNG"), ("PNG", "PNG")])
def test_other_pictures_are_drawn_anew(kind, shown_as):
    clean = pictures.clean(picture(kind=kind))
    assert Image.open(BytesIO(clean.content)).format == shown_as


def test_of_a_moving_picture_the_first_one_is_kept_and_glass_becomes_paper():
    first, second = Image.new("RGBA", (9, 9), (0, 0, 0, 0)), Image.new("RGBA", (9, 9), "red")
    written = BytesIO()
    first.save(written, "GIF", save_all=True, append_images=[second])
    shown = Image.open(BytesIO(pictures.clean(written.getvalue()).content))
    assert getattr(shown, "n_frames", 1) == 1
    assert shown.convert("RGB").getpixel((4, 4)) == (255, 255, 255)


@given(
    st.binary(max_size=400), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8"])
)
def test_no_bytes_bring_the_reader_of_pictures_down(rest, head):
    try:
        clean = pictures.clean(head + rest)
    except BadInput:
        return
    assert clean.content_type in pictures.ENDINGS


@given(st.integers(0, 2000), st.integers(0, 255))
def test_a_photo_that_was_bent_is_drawn_or_refused(at, byte):
    sent = bytearray(SOUND)
    sent[at % len(sent)] = byte
    try:
        clean = pictures.clean(bytes(sent))
    except BadInput:
        return
    Image.open(BytesIO(clean.content)).load()
