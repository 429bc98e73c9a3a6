import inspect
from types import SimpleNamespace

import openai
import openai._exceptions as library
import pytest

from sommelier import errors
from sommelier.llm.chat.openai.foreign import translate

# Every class of the library's errors that a call may end in, and what we call it.
OURS = {
    "APIConnectionError": errors.ModelUnreachable,
    "APIError": errors.ModelFault,
    "APIResponseValidationError": errors.ModelBadAnswer,
    "APIStatusError": errors.ModelRejected,
    "APITimeoutError": errors.ModelTimeout,
    "AuthenticationError": errors.ModelUnauthorised,
    "BadRequestError": errors.ModelRejected,
    "ConflictError": errors.ModelFault,
    "ContentFilterFinishReasonError": errors.ModelRefused,
    "InternalServerError": errors.ModelFault,
    "LengthFinishReasonError": errors.ModelBadAnswer,
    "NotFoundError": errors.ModelRejected,
    "OAuthError": errors.ModelUnauthorised,
    "OpenAIError": errors.ModelRejected,
    "PermissionDeniedError": errors.ModelUnauthorised,
    "RateLimitError": errors.ModelRateLimited,
    "SubjectTokenProviderError": errors.ModelRejected,
    "UnprocessableEntityError": errors.ModelRejected,
    "WebSocketConnectionClosedError": errors.ModelRejected,
    "WebSocketQueueFullError": errors.ModelRejected,
}
ELSEWHERE = {"InvalidWebhookSignatureError"}  # checks letters that servers send, no call of ours
STATUS = {
    "APIStatusError": 418,
    "AuthenticationError": 401,
    "BadRequestError": 400,
    "ConflictError": 409,
    "InternalServerError": 500,
    "NotFoundError": 404,
    "OAuthError": 401,
    "PermissionDeniedError": 403,
    "RateLimitError": 429,
    "UnprocessableEntityError": 422,
}


def foreign():
    """Return every error class that the library exports or derives from its base."""
    found = {kind for kind in vars(library).values() if error(kind)}
    waiting = [openai.OpenAIError]
    while waiting:
        kind = waiting.pop()
        found.add(kind)
        waiting += kind.__subclasses__()
    return found


def error(kind):
    return inspect.isclass(kind) and issubclass(kind, Exception) and "openai" in kind.__module__


def made(kind):
    """Return an instance with what the adapter of it reads; no need of the library's own words."""
    one = kind.__new__(kind)
    one.args = ("said by the library",)
    one.message, one.request, one.body = "said by the library", None, None
    one.code = one.param = one.type = None
    if kind.__name__ in STATUS:
        one.status_code = STATUS[kind.__name__]
        one.response = SimpleNamespace(headers={})
    return one


def test_every_error_class_of_the_library_is_known_here():
    exported = [getattr(openai, name) for name in openai.__all__]
    public = {kind for kind in foreign() if kind in exported or kind.__module__ == library.__name__}
    assert {kind.__name__ for kind in public} - ELSEWHERE == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_each_error_of_the_library_becomes_ours(name):
    ours = translate(made(getattr(library, name)), "http://localhost/v1", "small")
    assert type(ours) is OURS[name]
    assert ours.message


def test_no_error_that_the_library_derives_is_missed():
    for kind in foreign() - {getattr(library, name) for name in ELSEWHERE}:
        assert isinstance(translate(made(kind), "there", "small"), errors.ModelError)


@pytest.mark.parametrize("kind", [TimeoutError, ValueError, UnicodeDecodeError])
def test_what_python_raises_beneath_the_library_becomes_ours(kind):
    broken = kind("utf-8", b"\xff", 0, 1, "bad") if kind is UnicodeDecodeError else kind("bad")
    assert isinstance(translate(broken, "there", "small"), errors.ModelError)


def test_what_may_be_retried_is_what_may_pass_by_itself():
    may = {kind.__name__ for kind in errors.ModelError.__subclasses__() if kind.may_retry}
    assert may == {"ModelUnreachable", "ModelTimeout", "ModelFault", "ModelRateLimited"}
