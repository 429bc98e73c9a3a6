"""The official SDK as a client of the service."""

import openai
import pytest


@pytest.fixture
def sdk():
    """Return SDK clients of the service at an address; without a key it needs none."""

    def made(url, key="none", kind=openai.OpenAI, path="/v1"):
        return kind(base_url=f"{url}{path}", api_key=key, max_retries=0, timeout=30)

    return made


@pytest.fixture
def talker(shared, sdk):
    """Complete histories at a service that tests share; returns what the SDK reads."""
    client = sdk(str(shared.base_url))

    def say(*said, **options):
        messages = []
        for text in said:
            if messages:
                messages.append({"role": "assistant", "content": "Well."})
            messages.append({"role": "user", "content": text})
        return client.chat.completions.create(**{"model": "books", "messages": messages, **options})

    return say
