"""A browser without a screen that walks between the practice LMS and the tool."""

import re
from html import unescape
from typing import Any

import requests
from requests.models import Response

from integrations.practice.lti_web import start_url
from integrations.practice.platform import PracticePlatform

FIELD = re.compile(r'name="([^"]+)"[^>]* value="([^"]*)"')
ACTION = re.compile(r'action="([^"]+)"')


class Walker:
    """One person at the practice LMS: launches, and posts what the pages would have posted."""

    def __init__(self, platform: PracticePlatform, person_id: str, course_id: str | None) -> None:
        self.platform = platform
        self.person_id, self.course_id = person_id, course_id
        self.browser = requests.Session()

    def launch(self, **more: str) -> Response:
        """Click the tool's link, one of the course's (`link`), or what a `message` stands for;
        returns the tool's page."""
        address = start_url(self.platform, self.person_id, self.course_id, **more)
        answer = self.browser.get(address, timeout=20)
        while "/lti/login" in answer.text or 'name="id_token"' in answer.text:
            answer = self.submit(answer)
        return answer

    def submit(self, page: Response, **typed: Any) -> Response:
        """Post a page's form with what it holds hidden, and what is `typed`."""
        hidden = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page.text)
        fields = dict(FIELD.findall(one)[0] for one in hidden if FIELD.findall(one))
        action = ACTION.findall(page.text)
        data = {name: unescape(value) for name, value in fields.items()} | typed
        return self.browser.post(action[0] if action else page.url, data=data, timeout=20)

    def close(self) -> None:
        """No more pages."""
        self.browser.close()
