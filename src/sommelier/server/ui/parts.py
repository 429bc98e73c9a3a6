"""Plain HTML parts. Whatever text they show is text: no markup in it is ever read as such."""

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any, Final

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from sommelier.errors import SommelierError

__all__ = [
    "CHECKED",
    "VALUE",
    "Handler",
    "Hearer",
    "Part",
    "button",
    "hear",
    "icon",
    "part",
    "press",
    "send",
]

VALUE: Final = "(e) => emit(e.target.value)"  # tell the server what a control holds now
CHECKED: Final = "(e) => emit(e.target.checked)"
Hearer = Callable[[Any], Awaitable[None] | None]
Handler = Callable[[], Awaitable[None] | None]


class Part(TextElement):
    """One HTML element with classes, attributes and perhaps a text."""

    def __init__(self, tag: str, classes: str = "", text: str = "", **attributes: Any) -> None:
        super().__init__(tag=tag, text=text)
        self.classes(classes)
        for name, value in attributes.items():
            self.put(name, value)

    def put(self, name: str, value: Any) -> None:
        """Set an attribute: `aria_label` is written aria-label; None takes it away.

        A value is where a control begins. As a property the browser would set it anew at every
        change of the page, over what somebody is typing; `^` is how Vue writes an attribute.
        """
        known = "^value" if name == "value" else name.rstrip("_").replace("_", "-")
        self.props.set_optional(known, value)


def part(tag: str, classes: str = "", text: str = "", **attributes: Any) -> Part:
    """Return a new element where the page is being built."""
    return Part(tag, classes, text, **attributes)


def icon(name: str) -> Part:
    """Return a drawn sign; it says nothing to those who listen."""
    return Part("span", f"icon icon-{name}", aria_hidden="true")


def button(
    text: str, handler: Handler | None = None, classes: str = "", *, sign: str = "", **more: Any
) -> Part:
    """Return a button; `sign` draws an icon before its text."""
    made = Part("button", classes, type="button", **more)
    with made:
        if sign:
            icon(sign)
        if text:
            Part("span", text=text)
    if handler is not None:
        press(made, handler)
    return made


def hear(
    element: ui.element, event: str, handler: Hearer, js: str = VALUE, *, wait: float = 0.0
) -> None:
    """Call the handler with what the browser emits; with `wait` only the last in so many seconds.

    The handler works in the page itself, since the element may be gone when it is through; what it
    could not do is told in words.
    """
    page = element.client.layout.default_slot

    async def run(told: GenericEventArguments) -> None:
        with page:
            try:
                done = handler(told.args)
                if isawaitable(done):
                    await done
            except SommelierError as error:
                ui.notify(f"{error.message} {error.hint}", type="warning")

    element.on(event, run, js_handler=js, throttle=wait, leading_events=not wait)


def press(element: ui.element, handler: Handler) -> None:
    """Call the handler at a click, with nothing of the event."""
    hear(element, "click", lambda _: handler(), "() => emit()")


def send(code: str) -> None:
    """Run a line of our own JavaScript in the browser, without waiting for it."""
    ui.run_javascript(code)
