"""What a conversation on a terminal stands on, opened anew when the workspace is refreshed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sommelier.cli.brain import options

if TYPE_CHECKING:
    from sommelier.agent.agent import Chat
    from sommelier.agent.brains.settings import BrainSettings
    from sommelier.shop import Shop

__all__ = ["Opened"]


class Opened:
    """A shop, a brain over it and the agent of both. Close it in the end."""

    def __init__(self, shop: Shop, settings: BrainSettings) -> None:
        self._settings = settings
        self._open(shop)

    def _open(self, shop: Shop) -> None:
        self.shop = shop
        self.brain = shop.brain(self._settings, key=options.key_of(self._settings))
        self.agent = shop.agent(self.brain)

    def newest(self, chat: Chat) -> Chat:
        """Return the chat, taken up over the newest data and engines if there are newer ones."""
        shop = self.shop.newest()
        if shop is self.shop:
            return chat
        self.close()
        self._open(shop)
        return self.agent.chat(chat.session.user_id, chat.session.id)

    def close(self) -> None:
        """End what the brain started."""
        self.brain.close()
